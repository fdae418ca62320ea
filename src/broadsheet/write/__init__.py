"""Write: output files to the disk. The only step with an effect."""
