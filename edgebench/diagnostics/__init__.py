"""What works on this machine and what to do about what does not."""

from edgebench.diagnostics.examine import examine as examine
from edgebench.diagnostics.finding import Finding as Finding
