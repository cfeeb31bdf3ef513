"""What the commands do, callable without a shell: convert, import, check, terrain, demo."""
