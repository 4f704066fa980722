#!/usr/bin/env bash
# An AppImage of the folder that make_bundle.sh made:
#     packaging/make_appimage.sh OUT RUNTIME
# RUNTIME is the type-2 runtime of https://github.com/AppImage/type2-runtime for this machine's
# architecture; the workflow downloads it. Needs mksquashfs (squashfs-tools).
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: $0 OUT RUNTIME" >&2; exit 2; }
OUT=$(cd "$1" && pwd)
RUNTIME=$(realpath "$2")
cd "$(dirname "$0")/.."
[ -x "$OUT/bcviewer/bcviewer" ] || { echo "no bundle in $OUT: packaging/make_bundle.sh" >&2; exit 1; }
APP=io.github.bcviewer.bcviewer
FILE="$OUT/bcviewer-$(cat "$OUT/VERSION")-$(uname -m).AppImage"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
DIR=$WORK/AppDir

mkdir -p "$DIR/usr/share/metainfo" "$DIR/usr/share/applications"
cp -a "$OUT/bcviewer" "$DIR/bcviewer"
cp "$DIR/bcviewer/$APP.desktop" "$DIR/"
cp "$DIR/bcviewer/$APP.desktop" "$DIR/usr/share/applications/"
cp "$DIR/bcviewer/$APP.metainfo.xml" "$DIR/usr/share/metainfo/$APP.appdata.xml"
cp "$DIR/bcviewer/$APP.svg" "$DIR/"
ln -s "$APP.svg" "$DIR/.DirIcon"
# The terminal's program: with arguments it is the command line, without the window.
ln -s bcviewer/bcviewer "$DIR/AppRun"

mksquashfs "$DIR" "$WORK/content.squashfs" -root-owned -noappend -comp zstd -no-progress -quiet
cat "$RUNTIME" "$WORK/content.squashfs" >"$FILE"
chmod +x "$FILE"
printf '%s: %d MB\n' "${FILE##*/}" "$(du -m "$FILE" | cut -f1)"
