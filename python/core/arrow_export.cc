// SPDX-License-Identifier: Apache-2.0
#include "python/core/arrow_export.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "python/core/arrays.h"
#include "python/core/arrow_abi.h"

namespace bytepiece {
namespace {

// ARROW_FLAG_NULLABLE, as lists have it that programs make by default; no item is null.
constexpr std::int64_t kNullable = 2;

// A schema and the one of its items.
struct ListSchema {
  ArrowSchema item = {};
  ArrowSchema* children[1] = {&item};
};

// An array of lists, the array of their items, and what both point to.
struct ListArray {
  ListArray() = default;
  ListArray(const ListArray&) = delete;
  ListArray& operator=(const ListArray&) = delete;
  ~ListArray() {
    if (references.empty() || Py_IsInitialized() == 0) return;
    const PyGILState_STATE state = PyGILState_Ensure();
    for (PyObject* object : references) Py_DecRef(object);
    PyGILState_Release(state);
  }

  ArrowArray item = {};
  ArrowArray* children[1] = {&item};
  const void* list_buffers[2] = {};
  const void* item_buffers[2] = {};
  std::vector<std::int32_t> offsets;
  std::vector<std::uint32_t> wide_ids;
  std::vector<PyObject*> references;  // to what is not copied
};

// Whoever imports an array may take its child out, and release either first, on any thread: each
// has its own hold on all that they point to.
using Hold = std::shared_ptr<ListArray>;

void ReleaseArray(ArrowArray* array) {
  for (std::int64_t i = 0; i < array->n_children; ++i) {
    ArrowArray* const child = array->children[i];
    if (child->release != nullptr) child->release(child);
  }
  array->release = nullptr;
  delete static_cast<Hold*>(array->private_data);
}

void ReleaseSchema(ArrowSchema* schema) {
  delete static_cast<ListSchema*>(schema->private_data);
  schema->release = nullptr;
}

// It has nothing of its own.
void ReleaseChild(ArrowSchema* child) { child->release = nullptr; }

// Of a capsule nobody took the struct from.
template <typename T>
void DeleteCapsule(PyObject* capsule) {
  auto* value = static_cast<T*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
  if (value->release != nullptr) value->release(value);
  delete value;
}

template <typename T>
nb::object CapsuleOf(std::unique_ptr<T> value, const char* name) {
  PyObject* capsule = PyCapsule_New(value.get(), name, DeleteCapsule<T>);
  if (capsule == nullptr) throw nb::python_error();
  value.release();
  return nb::steal(capsule);
}

std::unique_ptr<ArrowSchema> SchemaOf(bool large) {
  auto held = std::make_unique<ListSchema>();
  held->item.format = "I";
  held->item.name = "item";
  held->item.flags = kNullable;
  held->item.release = ReleaseChild;
  auto schema = std::make_unique<ArrowSchema>();
  *schema = {};
  schema->format = large ? "+L" : "+l";
  schema->name = "";
  schema->n_children = 1;
  schema->children = held->children;
  schema->release = ReleaseSchema;
  schema->private_data = held.release();
  return schema;
}

const void* KeepIds(nb::object ids, ListArray* held) {
  InArray<std::uint16_t> narrow;
  if (nb::try_cast(ids, narrow, false)) {
    held->wide_ids.assign(narrow.data(), narrow.data() + narrow.size());
    held->item.length = static_cast<std::int64_t>(held->wide_ids.size());
    return held->wide_ids.data();
  }
  const auto wide = nb::cast<InArray<std::uint32_t>>(ids, false);
  held->item.length = static_cast<std::int64_t>(wide.size());
  held->references.push_back(ids.release().ptr());
  return wide.data();
}

}  // namespace

nb::tuple ArrowListOf(nb::object ids, nb::object offsets) {
  const Hold held = std::make_shared<ListArray>();
  held->item_buffers[1] = KeepIds(std::move(ids), held.get());
  held->item.n_buffers = 2;
  held->item.buffers = held->item_buffers;
  held->item.release = ReleaseArray;
  held->item.private_data = new Hold(held);

  const auto ends = nb::cast<InArray<std::int64_t>>(offsets, false);
  const bool large = held->item.length > std::numeric_limits<std::int32_t>::max();
  if (large) {
    held->list_buffers[1] = ends.data();
    held->references.push_back(offsets.release().ptr());
  } else {
    held->offsets.assign(ends.data(), ends.data() + ends.size());
    held->list_buffers[1] = held->offsets.data();
  }
  auto array = std::make_unique<ArrowArray>();
  *array = {};
  array->length = static_cast<std::int64_t>(ends.size()) - 1;
  array->n_buffers = 2;
  array->n_children = 1;
  array->buffers = held->list_buffers;
  array->children = held->children;
  array->release = ReleaseArray;
  array->private_data = new Hold(held);
  return nb::make_tuple(CapsuleOf(SchemaOf(large), "arrow_schema"),
                        CapsuleOf(std::move(array), "arrow_array"));
}

}  // namespace bytepiece
