"""The run that tables of the tests are of."""

from sercues.core import tables

RUN = {"corpus": "crema_d", "protocol": "corrected", "method": "crp"}


def of_run(rows, name, **other):
    """Rows of a table function as the table `name` of a run; `other` are other names of it."""
    return tables.stacked([(RUN | other, rows)], name)
