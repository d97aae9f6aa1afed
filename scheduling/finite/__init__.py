"""The parts of finite scheduling: making and checking problems, working time, the checks of schedules, bounds."""
