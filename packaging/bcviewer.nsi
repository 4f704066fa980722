; An installer for Windows of the folder that PyInstaller made:
;     makensis -DVERSION=1.0.0 -DBUNDLE=dist\bcviewer -DOUT=dist\bcviewer-1.0.0-windows.exe bcviewer.nsi
; Untried on Windows; it is compiled by the workflow. Installs for this person only: no administrator.
Unicode true
SetCompressor /SOLID lzma
RequestExecutionLevel user
Name "bcviewer ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\bcviewer"
InstallDirRegKey HKCU "Software\bcviewer" "InstallDir"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\bcviewer"

Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Section "bcviewer"
  ; What an older version left would be loaded beside what is new.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${BUNDLE}\*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\bcviewer.lnk" "$INSTDIR\bcviewer-gui.exe"
  WriteRegStr HKCU "Software\bcviewer" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "bcviewer"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
SectionEnd

Section "Uninstall"
  ; Labels and settings are elsewhere, and stay.
  Delete "$SMPROGRAMS\bcviewer.lnk"
  RMDir /r "$INSTDIR\_internal"
  RMDir /r "$INSTDIR\licences"
  Delete "$INSTDIR\*.*"
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\bcviewer"
SectionEnd
