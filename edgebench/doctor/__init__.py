"""What works on this machine and what to do about what does not."""

from edgebench.doctor.examine import examine as examine
from edgebench.doctor.finding import Finding as Finding
