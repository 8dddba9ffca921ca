"""Pinpoint, the applicant tracking system: API v1 as published at https://developers.pinpointhq.com ."""
