"""Everything that goes wrong, made on purpose: damaged files, deaths in the middle of a stage, full disks."""
