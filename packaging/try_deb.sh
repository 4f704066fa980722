#!/usr/bin/env bash
# Try a package on a bare Debian, as a person without Python would who does what the guide says, word
# for word: install, first verdict, label, start again, export, remove. Then verify and report, too.
# Needs root, a mirror of Debian, debootstrap, Xvfb, openbox and xdotool. The screen and the hands are
# of this machine: nothing is installed beside the package, so that it finds nothing but its own.
#     packaging/try_deb.sh OUT/bcviewer_VERSION_ARCH.deb [FOLDER]
# Where the .tar.gz is beside the package, that is tried as well. FOLDER is kept, and used again where
# it holds a Debian already; otherwise it is a temporary one.
set -euo pipefail
[ $# -ge 1 ] || { echo "usage: $0 DEB [FOLDER]" >&2; exit 2; }
DEB=$(realpath "$1")
GUIDE=$(cd "$(dirname "$0")/../resources/guide" && pwd)
if [ $# -ge 2 ]; then
    ROOT=$(realpath -m "$2")
    KEEP=yes
else
    ROOT=$(mktemp -d)
    KEEP=no
fi
say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
finish() {
    umount "$ROOT/proc" "$ROOT/dev/shm" 2>/dev/null || true
    for process in ${SCREEN_PROCESSES:-}; do kill "$process" 2>/dev/null || true; done
    [ "$KEEP" = yes ] || rm -rf --one-file-system "$ROOT"
}
trap finish EXIT
for tool in debootstrap Xvfb openbox xdotool; do command -v "$tool" >/dev/null || fail "no $tool"; done

[ -x "$ROOT/usr/bin/dpkg" ] || debootstrap --variant=minbase bookworm "$ROOT" >/dev/null
mkdir -p "$ROOT/proc" "$ROOT/dev/shm"
mountpoint -q "$ROOT/proc" || mount -t proc proc "$ROOT/proc"
mountpoint -q "$ROOT/dev/shm" || mount -t tmpfs tmpfs "$ROOT/dev/shm"
cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
# What debootstrap wrote has no security updates, and goes where this machine's is taken.
if cp /etc/apt/sources.list.d/debian.sources "$ROOT/etc/apt/sources.list.d/" 2>/dev/null; then
    : >"$ROOT/etc/apt/sources.list"
fi
cp -r /etc/apt/apt.conf.d/. "$ROOT/etc/apt/apt.conf.d/" 2>/dev/null || true
rm -rf "$ROOT/root/download"
mkdir -p "$ROOT/root/download"
cp "$DEB" "$ROOT/root/download/"
# What stands in a page's blocks of one language: guide PAGE LANGUAGE
guide() { awk -v fence="\`\`\`$2" '$0 == "```" { on = 0 } on { print } $0 == fence { on = 1 }' "$GUIDE/$1"; }
inside() { chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"; }
person() {
    inside su - curator -c "cd; export DISPLAY=${SCREEN:-} QT_QPA_PLATFORM=${PLATFORM:-offscreen}; $*"
}

say "install"
inside apt-get update -qq
COMMAND=$(guide install.md bash | grep '^sudo apt install')
inside sh -c "cd /root/download && DEBIAN_FRONTEND=noninteractive ${COMMAND#sudo } -y -qq \
    --no-install-recommends" >"$ROOT/root/install.txt" 2>&1 || { tail "$ROOT/root/install.txt"; exit 1; }
inside sh -c 'command -v python3' && fail "there is a Python: it proves nothing"
inside id curator >/dev/null 2>&1 || inside useradd -m curator
inside find /home/curator -mindepth 1 -delete
left() { find "$ROOT/tmp" -mindepth 1 -maxdepth 1 ! -name '.X*' -printf '%f\n' | sort; }
BEFORE=$(left)

say "what the guide says: $(guide install.md sh)"
person bcviewer --version
guide install.md sh | while read -r line; do person "$line" </dev/null || fail "$line"; done

say "what the guide says of the first five minutes"
guide start.md sh | while read -r line; do
    echo "\$ $line"
    [ "$line" != "bcviewer demo" ] || line="$line --screenshot demo.png"
    person "$line" </dev/null || fail "$line"
done
[ "$(stat -c %s "$ROOT/home/curator/demo.png")" -gt 20000 ] || fail "the picture is nearly empty"
[ "$(wc -l <"$ROOT/home/curator/units.csv")" -gt 100 ] || fail "the units are not exported"

say "verify"
person bcviewer audit demo --verify | tee "$ROOT/root/verify.txt"
grep -q "agree with bombcell" "$ROOT/root/verify.txt" || fail "bombcell was not asked"

say "report"
person bcviewer report demo -o report.html
[ "$(stat -c %s "$ROOT/home/curator/report.html")" -gt 50000 ] || fail "the report is nearly empty"

say "unit 5 of probe A by its id, a label, a restart, an export"
rm -f "$ROOT/root/display" # of the last time
Xvfb -displayfd 1 -screen 0 1440x900x24 >"$ROOT/root/display" 2>/dev/null &
SCREEN_PROCESSES=$!
until [ -s "$ROOT/root/display" ]; do sleep 0.2; done
SCREEN=:$(cat "$ROOT/root/display")
DISPLAY=$SCREEN openbox >/dev/null 2>&1 &
SCREEN_PROCESSES="$SCREEN_PROCESSES $!"
TRACE=$ROOT/home/curator/trace
window() { # open the demo, press the keys that are given once its table is there, and quit
    rm -f "$TRACE"
    PLATFORM=xcb person timeout 120 bcviewer demo --trace trace &
    until grep -q painted "$TRACE" 2>/dev/null; do
        kill -0 $! 2>/dev/null || fail "the window was not opened"
        sleep 1
    done
    DISPLAY=$SCREEN xdotool search --onlyvisible --name bcviewer windowactivate
    sleep 3 # the window manager's
    for key in "$@" ctrl+q; do
        DISPLAY=$SCREEN xdotool key "$key"
        sleep 1
    done
    wait $! || fail "the window was not closed"
}
said() { # how many rows say it of a unit 5, one for each run mode: the guide's command writes them
    person "$(guide start.md sh | grep labels.tsv)" >/dev/null
    grep -c "^5[[:space:]]MUA" "$ROOT/home/curator/labels.tsv" || true
}
window ctrl+g a 5 Return alt+m # all probes are open
[ "$(said)" -ge 1 ] || { cat "$ROOT/home/curator/labels.tsv"; fail "the label is not there after the window was closed"; }
grep MUA "$ROOT/home/curator/labels.tsv"
window ctrl+z
[ "$(said)" = 0 ] || fail "the label was not taken back after the restart"
inside sh -c 'command -v python3' && fail "there is a Python by now"

for TAR in "$(dirname "$DEB")"/bcviewer-*.tar.gz; do
    [ -e "$TAR" ] || continue
    say "the folder: $(basename "$TAR")"
    inside su curator -c 'mkdir ~/download'
    cp "$TAR" "$ROOT/home/curator/download/"
    guide install.md bash | grep -A1 '^tar ' | while read -r line; do
        [ "${line% demo}" = "$line" ] || line="$line --screenshot ~/folder.png"
        person "cd download && $line" </dev/null || fail "$line"
    done
    [ "$(stat -c %s "$ROOT/home/curator/folder.png")" -gt 20000 ] || fail "the picture is nearly empty"
    inside rm -r /home/curator/download
done

say "nothing stays"
sleep 1
[ "$(left)" = "$BEFORE" ] || fail "left in /tmp: $(left)"
COMMAND=$(guide install.md bash | grep '^sudo apt remove')
inside sh -c "${COMMAND#sudo } -y -qq" >/dev/null 2>&1
[ ! -e "$ROOT/opt/bcviewer" ] || fail "left: /opt/bcviewer"
[ ! -e "$ROOT/usr/bin/bcviewer" ] || fail "left: /usr/bin/bcviewer"
[ -e "$ROOT/home/curator/.local/share/bcviewer" ] || fail "the labels did not stay"
say "all done"
