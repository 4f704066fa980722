#!/usr/bin/env bash
# The program with its own Python and libraries in one folder, and that folder as a .tar.gz:
#     packaging/make_bundle.sh OUT
# Leaves OUT/bcviewer/ and OUT/bcviewer-VERSION-linux-ARCH.tar.gz. It runs where the C library is
# not older than here, so a release is built on the oldest Debian that is supported (12), with
# Debian's own Python (packages python3-venv, libpython3.11 and binutils): PYTHON names another.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 OUT" >&2; exit 2; }
mkdir -p "$1"
OUT=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=1
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

"${PYTHON:-/usr/bin/python3}" -m venv "$WORK/venv"
# The tools are pinned: a release can be built again.
"$WORK/venv/bin/python" -m pip install . "pyinstaller==6.22.*"
VERSION=$("$WORK/venv/bin/python" -c 'import bcviewer; print(bcviewer.__version__)')

rm -rf "$OUT/bcviewer"
"$WORK/venv/bin/pyinstaller" packaging/bcviewer.spec --noconfirm --log-level WARN \
    --distpath "$OUT" --workpath "$WORK/build"

ln -s bcviewer "$OUT/bcviewer/bcviewer-gui"
# Names for debuggers: 19 MB.
strip --strip-unneeded "$OUT/bcviewer/_internal/llvmlite/binding/libllvmlite.so"

# What the licences of what is inside ask for: each distribution's own texts, and a list.
"$WORK/venv/bin/python" packaging/third_party.py "$OUT/bcviewer/licences"
cp LICENSE "$OUT/bcviewer/LICENSE"
(cd packaging && cp io.github.bcviewer.bcviewer.desktop io.github.bcviewer.bcviewer.metainfo.xml \
    "$OUT/bcviewer/")
cp resources/icon.svg "$OUT/bcviewer/io.github.bcviewer.bcviewer.svg"

NAME="bcviewer-$VERSION-linux-$(uname -m)"
tar -C "$OUT" --owner=0 --group=0 --numeric-owner --transform "s,^bcviewer,$NAME," \
    -czf "$OUT/$NAME.tar.gz" bcviewer
echo "$VERSION" >"$OUT/VERSION"
printf '%s: %d MB, packed %d MB\n' "$NAME" "$(du -sm "$OUT/bcviewer" | cut -f1)" \
    "$(du -m "$OUT/$NAME.tar.gz" | cut -f1)"
