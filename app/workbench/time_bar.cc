#include "app/workbench/time_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "app/workbench/banner.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"

namespace ameide::workbench {
namespace {

/// How long a state stays while it plays.
constexpr int kPauseMs = 700;
/// Changes on the slider; of a longer history the newest ones.
constexpr size_t kMostMoments = 5000;

}  // namespace

TimeBar::TimeBar(const Theme* theme, WorkspaceService* workspace, const uaf::ArtifactId& artifact,
                 QWidget* parent)
    : QWidget(parent), theme_(theme), workspace_(workspace), artifact_(artifact) {
  setObjectName(QStringLiteral("timeBar"));
  setAttribute(Qt::WA_StyledBackground);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(2 * kGrid, kGrid, 3 * kGrid, kGrid);
  row->setSpacing(2 * kGrid);
  play_ = new QToolButton(this);
  play_->setObjectName(QStringLiteral("timePlay"));
  play_->setFocusPolicy(Qt::StrongFocus);
  row->addWidget(play_);
  slider_ = new QSlider(Qt::Horizontal, this);
  slider_->setObjectName(QStringLiteral("timeSlider"));
  slider_->setAccessibleName(tr("Moment of the history"));
  slider_->setEnabled(false);
  row->addWidget(slider_, 1);
  place_ = MakeLabel(QString(), "muted", this);
  place_->setObjectName(QStringLiteral("timePlace"));
  row->addWidget(place_);
  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &TimeBar::Step);
  connect(play_, &QToolButton::clicked, this, [this] { playing_ ? Stop() : Replay(); });
  connect(slider_, &QSlider::valueChanged, this, [this](int place) {
    Tell();
    if (!playing_) Q_EMIT wanted(StateAt(place));
  });
  connect(slider_, &QSlider::sliderPressed, this, &TimeBar::Stop);
  ShowPlaying(false);
}

void TimeBar::ShowPlaying(bool playing) {
  playing_ = playing;
  play_->setIcon(theme_->Icon(playing ? QStringLiteral("pause") : QStringLiteral("play")));
  const QString name = playing ? tr("Stop") : tr("Replay how it grew");
  play_->setToolTip(name);
  play_->setAccessibleName(name);
}

void TimeBar::Begin(const PastState& past) {
  shown_ = past;
  workspace_->Read(
      this,
      [id = artifact_](uaf::Workspace& open) -> absl::StatusOr<std::vector<Moment>> {
        uaf::LogQuery query;
        query.artifact = id;
        query.limit = kMostMoments;
        const auto log = open.Log(query);
        if (!log.ok()) return log.status();
        std::vector<Moment> moments;
        for (const uaf::ChangeSetSummary& change : *log) {
          moments.push_back({ToQString(uaf::FormatId(change.id)), ToQString(change.label),
                             ToQString(change.author.name), change.time});
        }
        std::ranges::reverse(moments);
        return moments;
      },
      [this](absl::StatusOr<std::vector<Moment>> moments) {
        if (moments.ok()) return Take(*std::move(moments));
        place_->setText(tr("The history cannot be read"));
        place_->setToolTip(MessageOf(moments.status()));
      });
}

void TimeBar::Take(std::vector<Moment> moments) {
  moments_ = std::move(moments);
  {
    const QSignalBlocker quiet(slider_);
    slider_->setRange(0, std::max(0, static_cast<int>(moments_.size()) - 1));
    slider_->setPageStep(std::max(1, static_cast<int>(moments_.size()) / 10));
  }
  slider_->setEnabled(moments_.size() > 1);
  play_->setEnabled(moments_.size() > 1);
  StandAt(shown_);
  if (std::exchange(replay_when_read_, false)) Replay();
}

void TimeBar::StandAt(const PastState& past) {
  if (moments_.empty()) return;
  auto place = std::ranges::find(moments_, past.revision, &Moment::revision);
  if (place == moments_.end()) {
    // A commit or a revision: the last change before it.
    place = std::ranges::upper_bound(moments_, past.time, {}, &Moment::time);
    if (place != moments_.begin()) --place;
  }
  const QSignalBlocker quiet(slider_);
  slider_->setValue(static_cast<int>(place - moments_.begin()));
  Tell();
}

void TimeBar::OnShown(const PastState& past) {
  shown_ = past;
  if (!slider_->isSliderDown() && !slider_->hasFocus() && !playing_) StandAt(past);
  if (playing_) pause_.start();
}

PastState TimeBar::StateAt(int place) const {
  const Moment& moment = moments_[static_cast<size_t>(place)];
  return {ShortTime(ToDateTime(moment.time), QDateTime::currentDateTime()),
          tr("%1, by %2").arg(moment.label, moment.author), moment.revision, moment.time};
}

void TimeBar::Tell() {
  place_->setText(tr("Change %1 of %2").arg(slider_->value() + 1).arg(moments_.size()));
  const PastState state = StateAt(slider_->value());
  slider_->setToolTip(QStringLiteral("%1 — %2").arg(state.when, state.what));
}

void TimeBar::Replay() {
  if (moments_.empty()) {
    replay_when_read_ = true;
    return;
  }
  ShowPlaying(true);
  slider_->setValue(0);
  Q_EMIT wanted(StateAt(0));
}

void TimeBar::Step() {
  if (!playing_) return;
  if (slider_->value() >= slider_->maximum()) return Stop();
  slider_->setValue(slider_->value() + 1);
  Q_EMIT wanted(StateAt(slider_->value()));
}

void TimeBar::Stop() {
  pause_.stop();
  replay_when_read_ = false;
  if (playing_) ShowPlaying(false);
}

}  // namespace ameide::workbench
