"""What do the self-contained pages of this program share?

Text that is safe to show, drawings, sounds and pictures inside a page, and a policy that lets nothing
else in. No module here knows a run; the pages themselves are made by ``report`` and ``compare``.
"""
