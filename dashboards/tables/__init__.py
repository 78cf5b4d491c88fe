"""Lists as pages and as sheets."""

from dashboards.tables.engagements import EXPORT_HEADINGS, EngagementTable, export_row
from dashboards.tables.sheets import csv_lines
from dashboards.tables.workbooks import xlsx_parts

__all__ = ["EXPORT_HEADINGS", "EngagementTable", "csv_lines", "export_row", "xlsx_parts"]
