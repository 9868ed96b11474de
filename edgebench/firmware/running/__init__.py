"""Start an image: flash it to a board, or boot it in an emulator."""
