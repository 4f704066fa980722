#!/usr/bin/env bash
# A disk image for macOS of the application that PyInstaller made: packaging/make_dmg.sh OUT
# Untried: it is written for the workflow. Neither signed nor notarised.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 OUT" >&2; exit 2; }
OUT=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
[ "$(uname -s)" = Darwin ] || { echo "a disk image is made on macOS" >&2; exit 1; }
VERSION=$(cat "$OUT/VERSION")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
APP=$WORK/bcviewer/bcviewer.app
mkdir -p "$APP/Contents/MacOS" "$APP/Contents/Resources"
cp -R "$OUT/bcviewer/" "$APP/Contents/MacOS/"
cat >"$APP/Contents/Info.plist" <<END
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
  <key>CFBundleName</key><string>bcviewer</string>
  <key>CFBundleIdentifier</key><string>io.github.bcviewer.bcviewer</string>
  <key>CFBundleExecutable</key><string>bcviewer-gui</string>
  <key>CFBundlePackageType</key><string>APPL</string>
  <key>CFBundleShortVersionString</key><string>$VERSION</string>
  <key>NSHighResolutionCapable</key><true/>
</dict></plist>
END
ln -s /Applications "$WORK/bcviewer/Applications"
hdiutil create -volname "bcviewer $VERSION" -srcfolder "$WORK/bcviewer" -format UDZO -ov \
    "$OUT/bcviewer-$VERSION-macos-$(uname -m).dmg"
