/* window-private.h - the window's parts, for the files that it is made of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas/canvas.h"
#include "app/gallery/compare-view.h"
#include "app/panel/contact-sheet.h"
#include "app/canvas/canvas-bar.h"
#include "app/canvas/canvas-extend-bar.h"
#include "app/canvas/canvas-waiting.h"
#include "app/gallery/gallery.h"
#include "app/panel/hints-group.h"
#include "app/panel/image-group.h"
#include "app/canvas/mask-mode.h"
#include "app/canvas/mask-tools.h"
#include "app/panel/model-row.h"
#include "app/models/models-window.h"
#include "app/window/notice-bar.h"
#include "app/canvas/region-layer.h"
#include "app/panel/control-group.h"
#include "app/panel/enlarge-group.h"
#include "app/panel/lora-group.h"
#include "app/prompt/prompt-group.h"
#include "app/queue/queue-view.h"
#include "app/panel/refiner-group.h"
#include "app/panel/region-group.h"
#include "app/window/restore-bar.h"
#include "app/run/run-bar.h"
#include "app/panel/sampling-group.h"
#include "app/panel/size-group.h"
#include "app/canvas/source-chips.h"
#include "app/run/timeline-bar.h"
#include "app/window/welcome-page.h"
#include "app/window/window.h"
#include "session/foreign/foreign.h"
#include "session/run/info.h"
#include "session/settings/habits.h"
#include "session/settings/undo.h"

G_BEGIN_DECLS

struct _LimnWindow {
  AdwApplicationWindow parent_instance;

  /* Template: around everything. */
  AdwToastOverlay *toasts;
  AdwFlap *flap, *side_flap;
  AdwWindowTitle *picture_title;
  GtkRevealer *cancel_revealer; /* beside the button that generates */
  LimnNoticeBar *notice_bar;
  LimnRestoreBar *restore_bar;
  LimnRunBar *run_bar;

  /* Template: the controls. */
  LimnPromptGroup *prompt_group;
  LimnModelRow *model_row;
  AdwEntryRow *prefix_row; /* what the model's prompts begin with */
  LimnLoraGroup *lora_group;
  LimnControlGroup *control_group;
  LimnRegionGroup *region_group;
  LimnRegionLayer *region_layer;
  LimnEnlargeGroup *enlarge_group;
  LimnImageGroup *image_group;
  LimnSizeGroup *size_group;
  LimnSamplingGroup *sampling_group;
  LimnRefinerGroup *refiner_group;
  LimnHintsGroup *hints_group;

  /* Template: the stage. */
  GtkStack *stage; /* "welcome" or "canvas" */
  LimnWelcomePage *welcome_page;
  LimnCanvas *canvas;
  LimnCanvasBar *canvas_bar;
  LimnCanvasExtendBar *extend_bar;
  LimnCanvasWaiting *canvas_waiting;
  LimnMaskTools *mask_tools;
  LimnSourceChips *source_chips;
  GtkWidget *mask_dot; /* on the brush: a mask is in force */
  LimnTimelineBar *timeline_bar;
  GMenuModel *picture_menu;

  /* Template: beside it. */
  AdwViewStack *side_stack; /* "history" or "queue" */
  LimnGallery *gallery;
  AdwViewStackPage *queue_page;
  LimnQueueView *queue_view;

  /* Over the stage, made by code. */
  LimnCompareView *compare_view;
  LimnContactSheet *contact_sheet;
  GtkWidget *canvas_menu, *details; /* popovers; details: NULL before it is asked for */
  GtkFileChooserNative *chooser;    /* NULL: none is open */

  /* What it works on. */
  LimnSession *session;
  LimnSettings *settings;
  LimnUndo *undo;
  LimnMaskMode *mask_mode;
  LimnQueue *queue;
  LimnLibrary *library;

  /* The model, as it was opened last; NULL: none was yet. */
  LimnModelInfo *opened;
  char *opened_path; /* as the settings have it; NULL: it is being opened */
  LimnHabits *habits;
  GCancellable *probing;           /* the model is asked what it predicts; NULL: it is not */
  AdwToast *probe_toast;           /* meanwhile */
  GCancellable *detecting;         /* something is looked for in the picture; NULL: it is not */
  AdwToast *detect_toast;          /* meanwhile */
  char *detector;                  /* path of the last one; NULL: none was used yet */
  LimnModels *models;              /* the library's files; empty until it was asked for */
  LimnModelsWindow *models_window; /* weak; NULL: it is not open */

  /* The picture in sight. */
  LimnPicture *picture;
  GCancellable *opening;      /* of a picture of the library */
  char *reveal, *seen_before; /* paths: to be selected once it is listed; what was shown before the last */
  gboolean looking;           /* at an earlier picture, while one is painted */
  AdwToast *live_toast;       /* the way back to the picture being painted */

  /* What is painted. */
  LimnQueueItem *running;              /* of the queue, as the window knows it */
  GHashTable *grids;                   /* group -> GVariant: X/Y/Z grids that are being painted */
  int run_width, run_height, run_step; /* of the run on the device */
  double expected_seconds;             /* of a picture with these settings */
  double agreed_seconds;               /* of the longest that a person agreed to */
  double handoff_before;               /* it is dragged on the timeline; below 0: it is not */
  AdwToast *queue_toast;               /* weak: how much there is to paint */

  /* What was dropped or restored, and the way back. */
  GCancellable *loading; /* of a dropped picture */
  double drop_x, drop_y; /* where something is let go; -1: nowhere */
  GPtrArray *dropped;    /* (element-type LimnDropped) what the restore bar asks about; NULL: nothing */
  guint dropped_index;
  GStrv prompts;                /* that the notice asks about; NULL: none */
  LimnSettings *before_restore; /* NULL: no restored settings to undo */
  LimnSettings *before_source;  /* NULL: no picture to start from that can be undone */

  /* From one start to the next. */
  GSettings *state;  /* NULL: nothing is kept */
  GStrv known_wrong; /* what has been told of devices, newest first */
  guint keep_timeout;
  gboolean fresh;                      /* no settings of last time: take the model's size */
  gboolean source_loaded, keep_failed; /* the picture of last time is in the settings; told already */
  gboolean side_gave_way;              /* history and queue come back once there is room */
  gboolean controls_gave_way;          /* to history and queue; they come back when these go */
};

/* window.c */
/* Takes the history away where it hides the picture. */
void limn_window_uncover (LimnWindow *self);

/* window-actions.c */
void limn_window_install_actions (LimnWindow *self);
void limn_window_update_actions (LimnWindow *self);

/* window-keys.c */
void limn_window_class_add_keys (GtkWidgetClass *klass);
void limn_window_install_keys (LimnWindow *self);

/* window-lora.c */
void limn_window_install_lora (LimnWindow *self);
/* The prompt names the file at path, which is found from now on. */
void limn_window_add_lora (LimnWindow *self, const char *path);

/* window-control.c */
void limn_window_install_control (LimnWindow *self);
/* window-pose.c: for the ControlNet at index; one that it follows already goes on being made. */
void limn_window_make_pose (LimnWindow *self, guint index);
/* The next picture follows one by the ControlNet at path. */
void limn_window_add_control (LimnWindow *self, const char *path);
/* Pictures that a session keeps by these names come to the rows of that index which have none.  names: (element-type
 * utf8), NULL for those without. */
void limn_window_follow_kept (LimnWindow *self, GPtrArray *names);
/* The first of origins, which are as in limn_dropped_load_async (), is what row number index follows. */
void limn_window_follow (LimnWindow *self, GPtrArray *origins, guint index);

/* window-export.c */
void limn_window_install_export (LimnWindow *self);
/* window-print.c */
void limn_window_install_print (LimnWindow *self);

/* window-finish.c */
void limn_window_install_finish (LimnWindow *self);
/* The upscaler at path enlarges pictures in the end. */
void limn_window_use_upscaler (LimnWindow *self, const char *path);
void limn_window_update_finish_actions (LimnWindow *self);

/* window-habits.c */
void limn_window_install_habits (LimnWindow *self);
void limn_window_dispose_habits (LimnWindow *self);
/* What is set is the model's from now on; adopt: and what was set for it before comes back. */
void limn_window_know_model (LimnWindow *self, const LimnModelInfo *info, gboolean adopt);
/* On disk. */
void limn_window_keep_habits (LimnWindow *self);

/* window-probe.c */
void limn_window_install_probe (LimnWindow *self);
void limn_window_dispose_probe (LimnWindow *self);
/* Whether the model that is open can be asked. */
void limn_window_update_probe (LimnWindow *self);

/* window-detect.c */
void limn_window_install_detect (LimnWindow *self);
void limn_window_dispose_detect (LimnWindow *self);
/* Whether there is a picture to look at. */
void limn_window_update_detect (LimnWindow *self);
/* Has the detector at path look at the picture on show, and what it finds be the boxes that are painted again. */
void limn_window_use_detector (LimnWindow *self, const char *path);

/* window-models.c */
void limn_window_install_models (LimnWindow *self);
void limn_window_dispose_models (LimnWindow *self);
/* What the library greys, now that another model is open. */
void limn_window_update_models (LimnWindow *self);

/* window-mask.c */
void limn_window_install_mask (LimnWindow *self);
void limn_window_update_mask_actions (LimnWindow *self);
/* Shows the picture again; the mask stays as it is. */
void limn_window_leave_mask (LimnWindow *self);
/* While a mask is painted, a grey picture is one: TRUE if it was taken. */
gboolean limn_window_take_mask (LimnWindow *self, const LimnImage *image);

/* window-regions.c */
void limn_window_install_regions (LimnWindow *self);
gboolean limn_window_draws_regions (LimnWindow *self);
void limn_window_leave_regions (LimnWindow *self);

/* window-source.c */
void limn_window_install_source (LimnWindow *self);
void limn_window_connect_source (LimnWindow *self);
void limn_window_update_source_actions (LimnWindow *self);
/* For the next start. */
void limn_window_keep_source (LimnWindow *self);
/* What is on the canvas is the picture that the settings start from. */
gboolean limn_window_shows_source (LimnWindow *self);
/* The picture there is, to start from.  (transfer full) */
LimnSource *limn_window_copy_picture (LimnWindow *self);
/* Brings a group of the controls into sight. */
void limn_window_scroll_to (LimnWindow *self, GtkWidget *group);
/* source comes to the settings and in sight, with a way back.  note: NULL, or what was done to it. */
void limn_window_start_from (LimnWindow *self, LimnSource *source, const char *note);

/* window-device.c */
void limn_window_connect_device (LimnWindow *self);
/* What is wrong on a device and was not told yet, where there is room to tell it. */
void limn_window_tell_wrong (LimnWindow *self);
/* Whether a picture's note is that, and has been told. */
gboolean limn_window_knows_wrong (LimnWindow *self, const char *note);

/* window-run.c */
void limn_window_connect_session (LimnWindow *self);
void limn_window_report (LimnWindow *self, const GError *error);
/* Of what takes minutes it asks first. */
void limn_window_generate (LimnWindow *self);
/* As a person who was told how long it will take. */
void limn_window_generate_anyway (LimnWindow *self);
/* With the seed that is set, whether each picture is to have a new one or not. */
void limn_window_paint (LimnWindow *self);
/* The canvas, or, with nothing on it, the welcome page. */
void limn_window_show_stage (LimnWindow *self);
/* The run on the device, of which there is no preview yet; does nothing where there is one. */
void limn_window_show_running (LimnWindow *self);
void limn_window_show_picture (LimnWindow *self, LimnPicture *picture);
/* Of what is on the canvas, where that is no tool. */
void limn_window_update_title (LimnWindow *self);

/* window-queue.c */
void limn_window_connect_queue (LimnWindow *self);
void limn_window_enqueue (LimnWindow *self, LimnSettings *settings, LimnRecord *record, int step);
/* In the place of the one before: of what is said of the queue only the newest is true.  toast: (transfer full) */
void limn_window_toast_once (LimnWindow *self, AdwToast *toast);
/* Makes the sheet of the grid that item was the last one of. */
void limn_window_check_grid (LimnWindow *self, LimnQueueItem *item);

/* window-timeline.c */
void limn_window_connect_timeline (LimnWindow *self);
void limn_window_update_timeline_actions (LimnWindow *self);
void limn_window_show_record (LimnWindow *self, LimnRecord *record);
/* The run that painted the picture at path; none where that is not kept.  Not while another one is painted. */
void limn_window_show_record_of (LimnWindow *self, const char *path);

/* window-history.c */
void limn_window_history_init (LimnWindow *self);
void limn_window_history_dispose (LimnWindow *self);
/* Lists a new picture. */
void limn_window_history_add (LimnWindow *self, LimnPicture *picture);
gboolean limn_window_history_is_looking (LimnWindow *self);
/* Back to what is being painted. */
void limn_window_history_live (LimnWindow *self);
/* Reads a picture's file on a thread, and shows it with its run, unless another is asked for meanwhile. */
void limn_window_show_file (LimnWindow *self, const char *path);
void limn_window_stop_opening (LimnWindow *self);
/* What is painted meanwhile is a click away. */
void limn_window_look_away (LimnWindow *self);
/* Ends the comparison; FALSE: there was none. */
gboolean limn_window_history_leave (LimnWindow *self);

/* window-hints.c */
void limn_window_hints_init (LimnWindow *self);

/* window-drop.c */
void limn_window_accept_drops (LimnWindow *self);
void limn_window_paste (LimnWindow *self);

/* window-folder.c */
void limn_window_install_folder (LimnWindow *self);
/* Pictures lie in it, and nothing of a model. */
gboolean limn_window_is_picture_folder (const char *path);
/* Puts a picture in line for each that lies in the folder at path, painted over with what is set. */
void limn_window_paint_folder (LimnWindow *self, const char *path);

/* window-prompts.c */
void limn_window_install_prompts (LimnWindow *self);
/* Puts a picture in line for each prompt in the file at path. */
void limn_window_paint_prompts (LimnWindow *self, const char *path);
/* Asks whether to do so with the lines of a file of this name that was dropped. */
void limn_window_offer_prompts (LimnWindow *self, const char *name, GStrv prompts);

/* window-details.c */
void limn_window_details_init (LimnWindow *self);
void limn_window_details_dispose (LimnWindow *self);

/* window-drag.c */
void limn_window_offer_drags (LimnWindow *self);
/* What a drag from the canvas carries; NULL: there is no picture.  (transfer full) */
GdkContentProvider *limn_window_drag_content (LimnWindow *self);

/* window-restore.c */
void limn_window_install_restore (LimnWindow *self);
/* origins: as in limn_dropped_load_async (). */
void limn_window_load_dropped (LimnWindow *self, GPtrArray *origins);
void limn_window_forget_dropped (LimnWindow *self);

G_END_DECLS
