#!/usr/bin/env bash
# A Debian package of the folder that make_bundle.sh made:
#     packaging/make_deb.sh OUT
# Leaves OUT/bcviewer_VERSION_ARCH.deb. The program goes to /opt/bcviewer, as what is not built from
# source does; menus and shells find it in /usr. It needs no Python and asks for nothing at start.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 OUT" >&2; exit 2; }
OUT=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
[ -x "$OUT/bcviewer/bcviewer" ] || { echo "no bundle in $OUT: packaging/make_bundle.sh" >&2; exit 1; }
VERSION=$(cat "$OUT/VERSION")
ARCH=$(dpkg --print-architecture)
APP=io.github.bcviewer.bcviewer
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
ROOT=$WORK/root
umask 022

mkdir -p "$ROOT/opt" "$ROOT/usr/bin" "$ROOT/usr/share/applications" "$ROOT/usr/share/metainfo" \
    "$ROOT/usr/share/icons/hicolor/scalable/apps" "$ROOT/usr/share/doc/bcviewer" "$ROOT/DEBIAN"
cp -a "$OUT/bcviewer" "$ROOT/opt/bcviewer"
mv "$ROOT/opt/bcviewer/$APP.desktop" "$ROOT/usr/share/applications/"
mv "$ROOT/opt/bcviewer/$APP.metainfo.xml" "$ROOT/usr/share/metainfo/"
mv "$ROOT/opt/bcviewer/$APP.svg" "$ROOT/usr/share/icons/hicolor/scalable/apps/"
ln -s /opt/bcviewer/bcviewer "$ROOT/usr/bin/bcviewer"
ln -s /opt/bcviewer/bcviewer-gui "$ROOT/usr/bin/bcviewer-gui"
gzip -9nc CHANGELOG.md >"$ROOT/usr/share/doc/bcviewer/changelog.gz"
cat >"$ROOT/usr/share/doc/bcviewer/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: bcviewer
Comment: The licences of the libraries inside are in /opt/bcviewer/licences.

Files: *
Copyright: The bcviewer developers
License: GPL-3.0-or-later
 On Debian systems the text is in /usr/share/common-licenses/GPL-3.
END

# The newest symbol of the C library that anything inside asks for.
LIBC=$(find "$ROOT/opt/bcviewer" -type f \( -name '*.so*' -o -perm -100 \) -print0 |
    xargs -0 objdump -T 2>/dev/null | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -n 1)
cat >"$ROOT/DEBIAN/control" <<END
Package: bcviewer
Version: $VERSION
Architecture: $ARCH
Maintainer: The bcviewer developers <noreply@bcviewer.github.io>
Installed-Size: $(du -sk --apparent-size "$ROOT" | cut -f1)
Depends: libc6 (>= ${LIBC#GLIBC_}), libgl1, libegl1, libopengl0, libxkbcommon0, libdbus-1-3, libfontconfig1, fonts-dejavu-core
Section: science
Priority: optional
Homepage: https://github.com/bcviewer/bcviewer
Description: see why Bombcell labels each spike-sorted unit
 Opens a Kilosort directory that Bombcell has run on and shows, for every
 unit, why it is called GOOD, MUA, NOISE or NON-SOMA: which thresholds it
 failed and by how much, and what it would take to change the label.
END
dpkg-deb -Zzstd -z19 --root-owner-group --build "$ROOT" "$OUT/bcviewer_${VERSION}_$ARCH.deb"
printf 'bcviewer_%s_%s.deb: %d MB, needs libc %s\n' "$VERSION" "$ARCH" \
    "$(du -m "$OUT/bcviewer_${VERSION}_$ARCH.deb" | cut -f1)" "${LIBC#GLIBC_}"
