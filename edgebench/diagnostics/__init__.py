"""Find out what works on this machine, and advise on what does not."""

from edgebench.diagnostics.examine import examine as examine
from edgebench.diagnostics.finding import Finding as Finding
