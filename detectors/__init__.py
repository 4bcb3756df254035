"""Who is visible in a picture or a film, as measurements: faces, quality, templates, similarity.

This room turns pixels into numbers and answers with a share of certainty and with what it could not see. It
knows performers only as opaque row labels of a gallery that is handed in; it reads no database and no name.
Import the module you need (`detectors.scan`, `detectors.enrolment`, ...): nothing heavy is loaded from here.
"""
