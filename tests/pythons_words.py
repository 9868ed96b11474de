"""Words of Python's own errors, which none of ours may repeat."""

from __future__ import annotations

import re

PYTHONS_WORDS = re.compile(
    r"invalid literal|could not convert|cannot convert|can't convert|requires a buffer|codec can't"
    r"|not supported between|has no attribute|object is not|must be a string, a bytes-like"
    r"|indices must be|out of range|too large to convert|No closing quotation|Exceeds the limit"
    r"|Invalid IPv6|not subscriptable|unexpected keyword|Replacement index|could not be cast"
    r"|unhashable|Errno|Traceback|(Value|Key|Type|Index|Overflow|Attribute)Error"
    r"|[:(] ?'\w+'\)?$"
)
"""What Python says of such values, and a bare key at a message's end."""
