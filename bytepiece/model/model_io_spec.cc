// SPDX-License-Identifier: Apache-2.0
#include "bytepiece/model/model_io_spec.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bytepiece/model/spec_fields.h"
#include "proto/bytepiece_model.pb.h"

namespace bytepiece {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

// A field of the options and where it stands in the message.
struct Place {
  Place(const SpecField& spec_field, const proto::TrainerSpec& message)
      : reflection(*message.GetReflection()),
        field(message.GetDescriptor()->FindFieldByName(spec_field.name)),
        negated(field == nullptr) {
    if (negated) {
      field = message.GetDescriptor()->FindFieldByName(absl::StrCat("no_", spec_field.name));
    }
  }

  const Reflection& reflection;
  const FieldDescriptor* field;
  bool negated;
};

void Put(const Place& at, bool value, proto::TrainerSpec* out) {
  at.reflection.SetBool(out, at.field, value != at.negated);
}
void Put(const Place& at, int value, proto::TrainerSpec* out) {
  at.reflection.SetInt32(out, at.field, value);
}
void Put(const Place& at, std::int64_t value, proto::TrainerSpec* out) {
  at.reflection.SetInt64(out, at.field, value);
}
void Put(const Place& at, double value, proto::TrainerSpec* out) {
  at.reflection.SetDouble(out, at.field, value);
}
void Put(const Place& at, const std::vector<std::int64_t>& values, proto::TrainerSpec* out) {
  for (const std::int64_t value : values) at.reflection.AddInt64(out, at.field, value);
}
void Put(const Place& at, const std::vector<std::string>& values, proto::TrainerSpec* out) {
  for (const std::string& value : values) at.reflection.AddString(out, at.field, value);
}
void Put(const Place&, Normalization value, proto::TrainerSpec* out) {
  ToProto(value, out->mutable_normalization());
}
// Puts the value by the name that texts have for it, in capitals.
template <typename Enum>
void Put(const Place& at, Enum value, proto::TrainerSpec* out) {
  const std::string name = absl::AsciiStrToUpper(SpecText(value));
  at.reflection.SetEnum(out, at.field, at.field->enum_type()->FindValueByName(name));
}

// False if the message has no value that can be taken.
bool Take(const Place& at, const proto::TrainerSpec& in, bool* value) {
  *value = at.reflection.GetBool(in, at.field) != at.negated;
  return true;
}
bool Take(const Place& at, const proto::TrainerSpec& in, int* value) {
  *value = at.reflection.GetInt32(in, at.field);
  return true;
}
bool Take(const Place& at, const proto::TrainerSpec& in, std::int64_t* value) {
  *value = at.reflection.GetInt64(in, at.field);
  return true;
}
bool Take(const Place& at, const proto::TrainerSpec& in, double* value) {
  *value = at.reflection.GetDouble(in, at.field);
  return true;
}
bool Take(const Place& at, const proto::TrainerSpec& in, std::vector<std::int64_t>* values) {
  values->resize(static_cast<std::size_t>(at.reflection.FieldSize(in, at.field)));
  for (std::size_t i = 0; i < values->size(); ++i) {
    (*values)[i] = at.reflection.GetRepeatedInt64(in, at.field, static_cast<int>(i));
  }
  return true;
}
bool Take(const Place& at, const proto::TrainerSpec& in, std::vector<std::string>* values) {
  values->resize(static_cast<std::size_t>(at.reflection.FieldSize(in, at.field)));
  for (std::size_t i = 0; i < values->size(); ++i) {
    (*values)[i] = at.reflection.GetRepeatedString(in, at.field, static_cast<int>(i));
  }
  return true;
}
bool Take(const Place&, const proto::TrainerSpec& in, Normalization* value) {
  const absl::StatusOr<Normalization> normalization = FromProto(in.normalization());
  if (normalization.ok()) *value = *normalization;
  return normalization.ok();
}
template <typename Enum>
bool Take(const Place& at, const proto::TrainerSpec& in, Enum* value) {
  const EnumValueDescriptor* const named =
      at.field->enum_type()->FindValueByNumber(at.reflection.GetEnumValue(in, at.field));
  return named != nullptr && ParseSpecText(absl::AsciiStrToLower(named->name()), value);
}

// Whether the message leaves the field out, and that means its default.
bool IsLeftOut(const Place& at, const SpecField& field, const TrainerSpec& spec,
               const proto::TrainerSpec& in) {
  if (!field.later || at.field->is_repeated() || at.reflection.HasField(in, at.field)) return false;
  // Without presence, what has its zero value is not written either.
  return at.field->has_presence() || !field.Matters(spec);
}

}  // namespace

absl::Status DamagedModel(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("damaged model: ", std::string(what)));
}

void ToProto(Normalization normalization, proto::NormalizerSpec* out) {
  out->set_form(normalization == Normalization::kNfc ? proto::NormalizerSpec::NFC
                                                     : proto::NormalizerSpec::NONE);
}

absl::StatusOr<Normalization> FromProto(const proto::NormalizerSpec& in) {
  switch (in.form()) {
    case proto::NormalizerSpec::NONE:
      return Normalization::kNone;
    case proto::NormalizerSpec::NFC:
      return Normalization::kNfc;
    default:
      return DamagedModel("unknown normalisation");
  }
}

void ToProto(const TrainerSpec& spec, proto::TrainerSpec* out) {
  const TrainerSpec defaults;
  VisitSpecFields([&](const SpecField& field, auto member) {
    const bool is_idle = field.later && spec.*member == defaults.*member &&
                         (field.matters == nullptr || !field.Matters(spec));
    if (!is_idle) Put(Place(field, *out), spec.*member, out);
  });
}

absl::StatusOr<TrainerSpec> FromProto(const proto::TrainerSpec& in) {
  TrainerSpec spec;
  absl::Status status;
  VisitSpecFields([&](const SpecField& field, auto member) {
    const Place at(field, in);
    if (IsLeftOut(at, field, spec, in) || Take(at, in, &(spec.*member))) return;
    status.Update(DamagedModel(absl::StrCat("unknown ", field.words)));
  });
  if (!status.ok()) return status;
  return spec;
}

}  // namespace bytepiece
