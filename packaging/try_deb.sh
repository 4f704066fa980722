#!/usr/bin/env bash
# Try a package on a bare Debian, as a person without Python would: install, demo, verify, report,
# label a unit, start again, remove. Needs root, debootstrap and a mirror of Debian:
#     packaging/try_deb.sh OUT/bcviewer_VERSION_ARCH.deb [FOLDER]
# FOLDER is kept, and used again where it holds a Debian already; otherwise it is a temporary one.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 DEB [FOLDER]" >&2; exit 2; }
DEB=$(realpath "$1")
if [ $# -ge 2 ]; then
    ROOT=$(realpath -m "$2")
else
    ROOT=$(mktemp -d)
fi
say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
finish() {
    umount "$ROOT/proc" "$ROOT/dev/shm" 2>/dev/null || true
    [ $# -ge 2 ] || rm -rf "$ROOT"
}
trap 'finish "$@"' EXIT

[ -x "$ROOT/usr/bin/dpkg" ] || debootstrap --variant=minbase bookworm "$ROOT" >/dev/null
mkdir -p "$ROOT/proc" "$ROOT/dev/shm"
mountpoint -q "$ROOT/proc" || mount -t proc proc "$ROOT/proc"
mountpoint -q "$ROOT/dev/shm" || mount -t tmpfs tmpfs "$ROOT/dev/shm"
cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
cp /etc/apt/sources.list.d/debian.sources "$ROOT/etc/apt/sources.list.d/" 2>/dev/null || true
cp -r /etc/apt/apt.conf.d/. "$ROOT/etc/apt/apt.conf.d/" 2>/dev/null || true
cp "$DEB" "$ROOT/root/bcviewer.deb"
inside() { chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"; }
person() {
    inside su - curator -c "cd; export DISPLAY=:9 QT_QPA_PLATFORM=${PLATFORM:-offscreen}; $*"
}

say "install"
inside apt-get update -qq
inside sh -c 'DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    /root/bcviewer.deb' >"$ROOT/root/install.txt" 2>&1 || { tail "$ROOT/root/install.txt"; exit 1; }
inside sh -c 'command -v python3' && fail "there is a Python: it proves nothing"
inside id curator >/dev/null 2>&1 || inside useradd -m curator
inside rm -rf /home/curator/.local /home/curator/.config /home/curator/.cache
left() { find "$ROOT/tmp" -mindepth 1 -maxdepth 1 ! -name '.X*' -printf '%f\n' | sort; }
BEFORE=$(left)

say "version, doctor"
person bcviewer --version
person bcviewer doctor || fail "doctor"

say "demo"
person bcviewer demo --screenshot demo.png
[ "$(stat -c %s "$ROOT/home/curator/demo.png")" -gt 20000 ] || fail "the picture is nearly empty"

say "verify"
person bcviewer audit demo --verify | tee "$ROOT/root/verify.txt"
grep -q "agree with bombcell" "$ROOT/root/verify.txt" || fail "bombcell was not asked"

say "report"
person bcviewer report demo -o report.html
[ "$(stat -c %s "$ROOT/home/curator/report.html")" -gt 50000 ] || fail "the report is nearly empty"

say "a label, a restart"
inside sh -c 'DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    xvfb xdotool openbox xauth' >/dev/null 2>&1
inside sh -c 'Xvfb :9 -screen 0 1440x900x24 >/dev/null 2>&1 & sleep 3; DISPLAY=:9 openbox >/dev/null 2>&1 &'
RESOURCES=/opt/bcviewer/_internal/bcviewer/resources/demo
inside cp -r "$RESOURCES" /home/curator/recording
inside chown -R curator /home/curator/recording
window() { # what is done in it
    PLATFORM=xcb person "bcviewer recording & sleep 25; $1; sleep 2; xdotool key ctrl+q; wait"
}
# --sync would wait for ever where no window comes.
window "xdotool search --onlyvisible --name bcviewer windowactivate; xdotool key alt+m"
person bcviewer labels recording | tee "$ROOT/root/labels.txt"
grep -q MUA "$ROOT/root/labels.txt" || fail "the label is not there after the window was closed"
window "xdotool search --onlyvisible --name bcviewer windowactivate; xdotool key ctrl+z"
person bcviewer labels recording | tee "$ROOT/root/after.txt"
! grep -q MUA "$ROOT/root/after.txt" || fail "the label was not taken back after the restart"
inside kill "$(inside pidof Xvfb)" || true

say "nothing stays"
sleep 1
[ "$(left)" = "$BEFORE" ] || fail "left in /tmp: $(left)"
inside apt-get remove -y -qq bcviewer >/dev/null 2>&1
[ ! -e "$ROOT/opt/bcviewer" ] || fail "left: /opt/bcviewer"
[ ! -e "$ROOT/usr/bin/bcviewer" ] || fail "left: /usr/bin/bcviewer"
say "all done"
