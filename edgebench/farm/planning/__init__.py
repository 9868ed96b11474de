"""Plans, the targets that they name, and the jobs that they come to."""
