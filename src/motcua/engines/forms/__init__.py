"""Forms as files: form-js JSON becomes accessible pages that the server renders, reads and examines.

The format and our extensions: README.md.
"""

from motcua.engines.forms.errors import FormError
from motcua.engines.forms.form import Form, load
from motcua.engines.forms.paths import nest
from motcua.engines.forms.views import (
    Button,
    Checked,
    FieldError,
    FieldView,
    Found,
    Measure,
    Option,
    PageView,
    Reading,
    ReferenceList,
    Source,
    SummaryRow,
    SummarySection,
    UploadedRef,
)

__all__ = [
    "Button",
    "Checked",
    "FieldError",
    "FieldView",
    "Form",
    "FormError",
    "Found",
    "Measure",
    "Option",
    "PageView",
    "Reading",
    "ReferenceList",
    "Source",
    "SummaryRow",
    "SummarySection",
    "UploadedRef",
    "load",
    "nest",
]
