"""Cutline joins the records of four departments to cut off overseas telecom fraud, lawfully."""
