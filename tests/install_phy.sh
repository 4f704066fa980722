#!/bin/sh
# Installs the real phy 2.1 in an environment of its own, for tests/gui/test_real_phy.py:
#     tests/install_phy.sh FOLDER && BCVIEWER_PHY=FOLDER/bin/phy python3 -m pytest -m slow tests/gui/test_real_phy.py
# On a bare Linux it needs libxcb-xinerama0, Xvfb, openbox and xdotool besides.
set -eu
folder=${1:?the folder of the environment}
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet "phy==2.1.0" PyQt5 PyQtWebEngine "setuptools<81"
"$folder/bin/python" -c "import phy, PyQt5.QtNetwork; print('phy', phy.__version__)"
