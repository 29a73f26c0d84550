// Memory of the program: operator new and delete, made for how a simulation uses it. It makes and drops objects of some
// hundred bytes by the hundred thousand (the parts of each version of an object), which malloc is slow at.
//
// Up to 1 KiB an object comes from a page of objects of its size; what is deleted waits in a list of its thread for the
// next of that size, and is not given back to the system. All else is malloc's. The pages lie in one range of
// addresses, by which delete knows them. With sanitizers, which bring their own, this file is empty.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TWIN_SANITIZED
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(TWIN_SANITIZED)

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace {

constexpr std::size_t kStep = 16, kLargest = 1024, kClasses = kLargest / kStep;
constexpr std::size_t kPage = std::size_t{1} << 16U, kRange = std::size_t{1} << 38U;  // addresses, not memory

struct Free {
  Free* next;
};

void* reserve(std::size_t size) {
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

// Where the pages lie, and of which size the objects in each are.
struct Pages {
  Pages() : begin(static_cast<char*>(reserve(kRange))), classes(static_cast<std::uint8_t*>(reserve(kRange / kPage))) {
    if (!classes) begin = nullptr;
  }
  char* begin;
  std::uint8_t* classes;
  std::atomic<std::size_t> used{0};
};

Pages& pages() {
  static Pages all;
  return all;
}

constinit std::atomic<char*> range_begin{nullptr};
constinit thread_local Free* lists[kClasses + 1] = {};

void* fromMalloc(std::size_t size) {
  if (void* at = std::malloc(size == 0 ? 1 : size)) return at;
  throw std::bad_alloc();
}

// A new page of objects of the class: the first is taken, the others are free.
void* fromNewPage(std::size_t size_class) {
  Pages& all = pages();
  if (!all.begin) return fromMalloc(size_class * kStep);
  const std::size_t number = all.used.fetch_add(1, std::memory_order_relaxed);
  if (number >= kRange / kPage) return fromMalloc(size_class * kStep);
  range_begin.store(all.begin, std::memory_order_release);
  all.classes[number] = static_cast<std::uint8_t>(size_class);
  char* page = all.begin + number * kPage;
  const std::size_t size = size_class * kStep;
  Free* list = nullptr;
  for (std::size_t i = kPage / size; i-- > 1;) list = new (page + i * size) Free{list};
  lists[size_class] = list;
  return page;
}

}  // namespace

void* operator new(std::size_t size) {
  if (size > kLargest) return fromMalloc(size);
  const std::size_t size_class = size == 0 ? 1 : (size + kStep - 1) / kStep;
  Free* first = lists[size_class];
  if (!first) return fromNewPage(size_class);
  lists[size_class] = first->next;
  return first;
}

void operator delete(void* at) noexcept {
  char* begin = range_begin.load(std::memory_order_acquire);
  const auto offset =
      static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(at)) - reinterpret_cast<std::uintptr_t>(begin);
  if (!begin || offset >= kRange) return std::free(at);
  Free*& list = lists[pages().classes[offset / kPage]];
  list = new (at) Free{list};
}

void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* at, std::size_t) noexcept { operator delete(at); }
void operator delete[](void* at) noexcept { operator delete(at); }
void operator delete[](void* at, std::size_t) noexcept { operator delete(at); }

#endif
