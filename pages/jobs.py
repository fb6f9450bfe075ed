"""What is this server computing, and when is it my turn?"""

from pages.ui import frame
from pages.ui.jobs import job_list, teacher_key
from pages.ui.translation import _

frame.title(_("Jobs"), _("What is this server computing, and when is it my turn?"))
job_list.all_jobs()
teacher_key.ask_for_key()
