"""Commands about boards, their firmware, serial devices and power meters."""
