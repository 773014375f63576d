"""What a province's LGSP passes on from the ministries: one file for each of its services, JSON over WSO2."""

from motcua.core.registers.contrib.lgsp import enterprises, social_insurance

__all__ = ["enterprises", "social_insurance"]
