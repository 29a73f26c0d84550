// Results in SQLite: what is written is read again, runs are kept as they come, and other files are refused.
#include "scenarios/study/results_file.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/study/sample.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using ::testing::HasSubstr;

class ResultsFileTest : public ::testing::Test {
 protected:
  ResultsFileTest() {
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/r.sqlite";
  }
  ~ResultsFileTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_ = ::testing::TempDir() + "results_file_test." + std::to_string(getpid());
  std::string path_;
};

void expectSame(const Results& a, const Results& b) {
  EXPECT_EQ(a.study, b.study);
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.factors, b.factors);
  ASSERT_EQ(a.points.size(), b.points.size());
  for (std::size_t p = 0; p < a.points.size(); ++p) {
    EXPECT_EQ(a.points[p].label, b.points[p].label);
    EXPECT_EQ(a.points[p].levels, b.points[p].levels);
    EXPECT_EQ(a.points[p].numbers, b.points[p].numbers);
    EXPECT_EQ(a.points[p].command, b.points[p].command);
  }
  ASSERT_EQ(a.runs.size(), b.runs.size());
  for (std::size_t i = 0; i < a.runs.size(); ++i) {
    EXPECT_EQ(a.runs[i].point, b.runs[i].point);
    EXPECT_EQ(a.runs[i].replication, b.runs[i].replication);
    EXPECT_EQ(a.runs[i].seed, b.runs[i].seed);
    EXPECT_EQ(a.runs[i].fingerprint, b.runs[i].fingerprint);
    EXPECT_EQ(a.runs[i].end_reason, b.runs[i].end_reason);
    EXPECT_EQ(a.runs[i].events, b.runs[i].events);
    EXPECT_EQ(a.runs[i].problem, b.runs[i].problem);
    EXPECT_EQ(a.runs[i].metrics, b.runs[i].metrics);
  }
}

TEST_F(ResultsFileTest, WhatIsWrittenIsReadAgain) {
  Results results = sampleResults(12);
  results.points[1].numbers = {3600.5};
  results.runs[2].problem = "ended by signal 11";
  results.runs[3].seed = 18446744073709551615U;
  results.runs[4].metrics = {{"makespan", 1.0 / 3}};
  {
    const auto file = ResultsFile::create(path_, results);
    ASSERT_TRUE(file) << api::describe(file.errors().front());
  }
  const auto read = readResults(path_);
  ASSERT_TRUE(read) << api::describe(read.errors().front());
  expectSame(*read, results);
}

TEST_F(ResultsFileTest, RunsAreAddedAndWhatIsFlushedIsKept) {
  const Results all = sampleResults(6);
  {
    auto file = ResultsFile::create(path_, emptySample());
    ASSERT_TRUE(file);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(file->add(all.runs[i]), "");
    EXPECT_EQ(file->flush(), "");
    const auto half = readResults(path_);  // while it is being written
    ASSERT_TRUE(half);
    EXPECT_EQ(half->runs.size(), 5U);
  }
  auto file = ResultsFile::open(path_);
  ASSERT_TRUE(file);
  for (std::size_t i = 5; i < all.runs.size(); ++i) EXPECT_EQ(file->add(all.runs[i]), "");
  EXPECT_EQ(file->finish(all), "");
  const auto read = readResults(path_);
  ASSERT_TRUE(read);
  expectSame(*read, all);
}

TEST_F(ResultsFileTest, TheSameResultsGiveTheSameBytes) {
  for (const char* name : {"/a.sqlite", "/b.sqlite"}) {
    auto file = ResultsFile::create(folder_ + name, sampleResults(20));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->finish(sampleResults(20)), "");
  }
  const auto bytes = [&](const char* name) {
    std::ifstream in(folder_ + name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_EQ(bytes("/a.sqlite"), bytes("/b.sqlite"));
}

std::string problemOf(const std::string& path) {
  const auto read = readResults(path);
  return read ? "" : api::describe(read.errors().front());
}

TEST_F(ResultsFileTest, OtherFilesAreRefusedAndNotTouched) {
  EXPECT_THAT(problemOf(path_), HasSubstr("there is no such file"));
  std::ofstream(path_) << "not a database, but long enough to be looked at as one, if somebody tried to do that\n";
  EXPECT_THAT(problemOf(path_), HasSubstr("holds no results of a study"));
  const auto made = ResultsFile::create(path_, emptySample());
  ASSERT_FALSE(made);
  EXPECT_THAT(made.errors().front().text, HasSubstr("is there already"));
  EXPECT_THAT(api::describe(ResultsFile::create(folder_ + "/no/such/r.sqlite", emptySample()).errors().front()),
              HasSubstr("cannot be opened"));
}

}  // namespace
}  // namespace jobset_twin::scenarios::study
