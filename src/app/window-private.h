/* window-private.h - the window's parts, for the files that it is made of.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include "app/canvas.h"
#include "app/hints-group.h"
#include "app/image-group.h"
#include "app/model-row.h"
#include "app/notice-bar.h"
#include "app/prompt-view.h"
#include "app/refiner-group.h"
#include "app/run-bar.h"
#include "app/sampling-group.h"
#include "app/size-group.h"
#include "app/welcome-page.h"
#include "app/window.h"

G_BEGIN_DECLS

struct _LimnWindow {
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwFlap *flap, *side_flap;
  AdwViewStack *side_stack; /* "history" or "queue" */
  LimnPromptView *prompt_view, *negative_view;
  LimnModelRow *model_row;
  LimnImageGroup *image_group;
  LimnSizeGroup *size_group;
  LimnSamplingGroup *sampling_group;
  LimnRefinerGroup *refiner_group;
  LimnHintsGroup *hints_group;
  GtkStack *run_stack; /* "generate" or "cancel" */
  AdwWindowTitle *picture_title;
  LimnNoticeBar *notice_bar;
  GtkStack *stage; /* "welcome" or "canvas" */
  LimnWelcomePage *welcome_page;
  LimnCanvas *canvas;
  LimnRunBar *run_bar;

  LimnSession *session;
  LimnSettings *settings;
  GSettings *state; /* NULL: nothing is kept */
  LimnPicture *picture;
  int run_width, run_height, run_step; /* of the run on the device */
  gboolean fresh;                      /* no settings of last time: take the model's size */
  guint keep_timeout;
  GCancellable *loading; /* of a dropped picture */
  GtkFileChooserNative *chooser;
};

/* window-actions.c */
void limn_window_install_actions (LimnWindow *self);
void limn_window_update_actions (LimnWindow *self);

/* window-run.c */
void limn_window_connect_session (LimnWindow *self);
void limn_window_report (LimnWindow *self, const GError *error);
void limn_window_generate (LimnWindow *self);

/* window-drop.c */
void limn_window_accept_drops (LimnWindow *self);
void limn_window_paste (LimnWindow *self);

G_END_DECLS
