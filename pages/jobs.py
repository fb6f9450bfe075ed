"""What is this server computing, and when is it my turn?"""

from pages.ui import frame, jobs_list, teacher_view

frame.title("Jobs", "What is this server computing, and when is it my turn?")
jobs_list.all_jobs()
teacher_view.ask_for_key()
