"""The kind `hours`: looks up whether somebody is there, and when."""

from appliance.dialplan.fields import Name
from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.opening import FIELDS
from appliance.dialplan.shapes import Shape, with_fields


class HoursLookup(Kind):
    """Which opening hours are looked up."""

    name: Name
    """Their name in the dialplan's `hours`."""

    def result_shape(self) -> Shape:
        """See Kind."""
        return with_fields(FIELDS)
