"""A model server that is scripted: right answers by rule, faults by seed. What served minds are held against."""
