"""Every command of the window, declared once: menus, keys, tooltips and the key list."""
