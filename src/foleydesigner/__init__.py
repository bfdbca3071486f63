"""FoleyDesigner: gives a silent film clip its Foley."""

import os

__version__ = "0.1.0"

# Matrices here are small and jobs bring their own workers: threads of OpenBLAS would only wait for one another, and
# where a job is held to one core they wait by spinning.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
