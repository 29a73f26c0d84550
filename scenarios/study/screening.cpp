#include "scenarios/study/screening.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <Eigen/Core>
#include <boost/math/distributions/fisher_f.hpp>

#include "engine/api/check.hpp"
#include "scenarios/study/factor_coding.hpp"
#include "scenarios/study/least_squares.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using Eigen::Index;
using Columns = std::vector<Index>;

// A main effect or an interaction, and where its columns are.
struct Term {
  std::size_t number = 0;  // of the term
  std::string name;
  std::vector<std::size_t> factors;
  Columns plain, squares;
  bool main() const { return factors.size() == 1; }
  bool contains(std::size_t factor) const { return std::count(factors.begin(), factors.end(), factor) > 0; }
};

// All that could be in the model.
struct Candidates {
  std::vector<FactorCoding> codings;  // by factor
  std::vector<Term> terms;            // main effects by factor, then interactions
  LeastSquares data;
};

// What is in the model: all main effects, since interactions mean nothing without them, and clear interactions.
struct Model {
  bool squares = false;
  std::vector<bool> clear;  // by term: can be told from the others
  std::vector<std::string> confounded;
  Index rank = 0;
  bool has(const Term& term) const { return term.main() || clear[term.number]; }
};

void require(const std::vector<ScreeningFactor>& factors, const std::vector<ScreeningRun>& runs) {
  for (const ScreeningFactor& factor : factors) {
    TWIN_ASSERT(factor.numbers.empty() || factor.numbers.size() == factor.levels.size(), "a number of each level",
                factor.name);
    for (const double number : factor.numbers) TWIN_ASSERT(std::isfinite(number), "finite numbers", factor.name);
  }
  for (const ScreeningRun& run : runs) {
    TWIN_ASSERT(run.levels.size() == factors.size() && std::isfinite(run.value), "a level of each factor, and a value",
                run.levels.size(), run.value);
    for (std::size_t i = 0; i < factors.size(); ++i) {
      TWIN_ASSERT(run.levels[i] < factors[i].levels.size(), "no such level", factors[i].name, run.levels[i]);
    }
  }
}

std::vector<Term> termsOf(const std::vector<ScreeningFactor>& factors, const std::vector<FactorCoding>& codings) {
  Index taken = 0;
  const auto take = [&](Index count) {
    Columns out;
    for (; count > 0; --count) out.push_back(taken++);
    return out;
  };
  std::vector<Term> out;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    out.push_back({out.size(), factors[i].name, {i}, take(codings[i].plain), {}});
    out.back().squares = take(codings[i].by_level.cols() - codings[i].plain);
  }
  for (std::size_t i = 0; i < factors.size(); ++i) {
    for (std::size_t k = i + 1; k < factors.size(); ++k) {
      const std::string name = fmt::format("{} x {}", factors[i].name, factors[k].name);
      out.push_back({out.size(), name, {i, k}, take(codings[i].plain * codings[k].plain), {}});
    }
  }
  return out;
}

// The columns of a run, in the order of termsOf.
Eigen::RowVectorXd rowOf(const ScreeningRun& run, const std::vector<Term>& terms,
                         const std::vector<FactorCoding>& codings) {
  std::vector<double> out;
  for (const Term& term : terms) {
    const FactorCoding& first = codings[term.factors.front()];
    const Eigen::RowVectorXd codes = first.by_level.row(static_cast<Index>(run.levels[term.factors.front()]));
    if (term.main()) {
      out.insert(out.end(), codes.begin(), codes.end());
      continue;
    }
    const FactorCoding& second = codings[term.factors.back()];
    const Eigen::RowVectorXd others = second.by_level.row(static_cast<Index>(run.levels[term.factors.back()]));
    for (Index i = 0; i < first.plain; ++i) {
      for (Index k = 0; k < second.plain; ++k) out.push_back(codes[i] * others[k]);
    }
  }
  return Eigen::Map<const Eigen::RowVectorXd>(out.data(), static_cast<Index>(out.size()));
}

Candidates candidatesOf(const std::vector<ScreeningFactor>& factors, const std::vector<ScreeningRun>& runs) {
  Candidates out;
  out.codings = codingsOf(factors, runs);
  out.terms = termsOf(factors, out.codings);
  Index columns = 0;
  for (const Term& term : out.terms) columns += static_cast<Index>(term.plain.size() + term.squares.size());
  Eigen::MatrixXd table(static_cast<Index>(runs.size()), columns);
  Eigen::VectorXd response(table.rows());
  std::map<std::size_t, std::size_t> numbers;  // of replications, as blocks
  std::vector<std::size_t> blocks;
  for (const ScreeningRun& run : runs) {
    const auto row = static_cast<Index>(blocks.size());
    table.row(row) = rowOf(run, out.terms, out.codings);
    response[row] = run.value;
    blocks.push_back(numbers.try_emplace(run.replication, numbers.size()).first->second);
  }
  out.data = reduceWithinBlocks(table, response, blocks);
  return out;
}

// The columns of the terms that are to be kept.
template <class Keep>
Columns columnsOf(const Candidates& all, bool squares, const Keep& keep) {
  Columns out;
  for (const Term& term : all.terms) {
    if (!keep(term)) continue;
    out.insert(out.end(), term.plain.begin(), term.plain.end());
    if (squares) out.insert(out.end(), term.squares.begin(), term.squares.end());
  }
  return out;
}

// How many of a term's columns say something that the terms besides it do not.
template <class Keep>
Index ownRank(const Candidates& all, bool squares, const Term& term, const Keep& besides) {
  const auto with = [&](const Term& other) { return other.number == term.number || besides(other); };
  const auto without = [&](const Term& other) { return other.number != term.number && besides(other); };
  return fit(all.data, columnsOf(all, squares, with)).rank - fit(all.data, columnsOf(all, squares, without)).rank;
}

bool isClear(const Candidates& all, bool squares, const Term& term) {
  const auto mains = [](const Term& other) { return other.main(); };
  const Index beside_mains = ownRank(all, squares, term, mains);
  if (term.main()) {
    const std::size_t columns = term.plain.size() + (squares ? term.squares.size() : 0);
    return beside_mains > 0 && beside_mains == static_cast<Index>(columns);
  }
  // What missing combinations take from an interaction is lost beside its own factors already; what is lost beside the
  // rest of the model is shared with it.
  const auto own = [&](const Term& other) { return other.main() && term.contains(other.factors.front()); };
  return beside_mains > 0 && beside_mains == ownRank(all, squares, term, own) &&
         beside_mains == ownRank(all, squares, term, [](const Term&) { return true; });
}

Model modelOf(const Candidates& all, bool squares) {
  Model out;
  out.squares = squares;
  for (const Term& term : all.terms) out.clear.push_back(isClear(all, squares, term));
  const auto rank = [&] {
    return fit(all.data, columnsOf(all, squares, [&](const Term& term) { return out.has(term); })).rank;
  };
  out.rank = rank();
  if (out.rank >= all.data.degrees) {
    for (const Term& term : all.terms) out.clear[term.number] = out.clear[term.number] && term.main();
    out.rank = rank();
  }
  for (const Term& term : all.terms) {
    // A factor that never varied is named once, not with each other.
    if (!out.clear[term.number] && (term.main() || !term.plain.empty())) out.confounded.push_back(term.name);
  }
  return out;
}

Model chooseModel(const Candidates& all, std::size_t points) {
  Model plain = modelOf(all, false);
  std::size_t squares = 0;
  for (const Term& term : all.terms) squares += term.squares.size();
  if (squares == 0) return plain;
  Model curved = modelOf(all, true);
  const bool costs_none = curved.confounded.size() <= plain.confounded.size() && curved.rank < all.data.degrees;
  const bool spares = points >= static_cast<std::size_t>(curved.rank) + 1 + squares;
  return costs_none && spares ? curved : plain;
}

// by_level: what each level of the factor contributes.
void compareLevels(Effect& effect, const ScreeningFactor& factor, const std::vector<ScreeningRun>& runs,
                   std::size_t number, const Eigen::VectorXd& by_level) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  std::vector<bool> seen(factor.levels.size());
  for (const ScreeningRun& run : runs) seen[run.levels[number]] = true;
  for (std::size_t level = 0; level < seen.size(); ++level) {
    const double mean = by_level[static_cast<Index>(level)];
    if (seen[level] && mean < least) {
      least = mean;
      effect.least = factor.levels[level];
    }
    if (seen[level] && mean > most) {
      most = mean;
      effect.most = factor.levels[level];
    }
  }
  effect.range = most - least;
}

// What a factor contributes to each level of it, by the coefficients of the whole model; of main effects only, if
// missing combinations leave no single solution in the whole.
Eigen::VectorXd contributionOf(const Candidates& all, const Model& model, const Term& term) {
  const auto has = [&](const Term& other) { return model.has(other); };
  const Columns own = columnsOf(all, model.squares, [&](const Term& other) { return other.number == term.number; });
  const auto count = static_cast<Index>(own.size());
  const bool single = ownRank(all, model.squares, term, has) == count;
  const Columns fitted =
      columnsOf(all, model.squares, [&](const Term& other) { return single ? has(other) : other.main(); });
  const Eigen::VectorXd coefficients = fit(all.data, fitted).coefficients;
  const Index from = std::find(fitted.begin(), fitted.end(), own.front()) - fitted.begin();
  return all.codings[term.factors.front()].by_level.leftCols(count) * coefficients.segment(from, count);
}

// Sum of squares and F test of a term: by what the fit gets worse without it.
Effect testOf(const Candidates& all, const Model& model, const Term& term, double residual, Index residual_degrees) {
  const auto besides = [&](const Term& other) {
    const bool contains = term.main() && !other.main() && other.contains(term.factors.front());
    return model.has(other) && !contains;
  };
  const auto without = [&](const Term& other) { return other.number != term.number && besides(other); };
  const LeastSquaresFit large = fit(all.data, columnsOf(all, model.squares, besides));
  const LeastSquaresFit small = fit(all.data, columnsOf(all, model.squares, without));
  constexpr double kRounding = 1e-12;  // of a difference of two sums of squares
  double squares = small.residual - large.residual;
  if (squares <= all.data.rounding + kRounding * small.residual) squares = 0;
  Effect out;
  out.name = term.name;
  out.degrees = static_cast<std::size_t>(large.rank - small.rank);
  out.share = squares / all.data.total;
  if (squares == 0) return out;
  const auto degrees = static_cast<double>(large.rank - small.rank), rest = static_cast<double>(residual_degrees);
  if (residual == 0) {
    out.f = std::numeric_limits<double>::infinity();
    out.p = 0;
  } else {
    out.f = squares / degrees / (residual / rest);
    out.p = boost::math::cdf(boost::math::complement(boost::math::fisher_f(degrees, rest), out.f));
  }
  return out;
}

// Why nothing can be fitted; "" if something can.
std::string problemOf(const Candidates& all, const Model& model, const std::vector<ScreeningRun>& runs) {
  const auto other = [&](const ScreeningRun& run) { return run.value != runs.front().value; };
  if (runs.size() > 1 && std::none_of(runs.begin(), runs.end(), other)) return "the metric is the same in all runs";
  if (model.rank >= all.data.degrees) {
    const std::size_t mains = columnsOf(all, false, [](const Term& term) { return term.main(); }).size();
    const std::size_t replications = runs.size() - static_cast<std::size_t>(all.data.degrees);
    return fmt::format("too few runs: {} of them for {} parameters", runs.size(), mains + replications);
  }
  if (std::find(model.clear.begin(), model.clear.end(), true) == model.clear.end()) {
    return "confounded: no factor varies apart from the others";
  }
  if (all.data.total == 0) return "no factor makes a difference: the metric is the same in all runs of a replication";
  return {};
}

}  // namespace

Screening screen(const std::vector<ScreeningFactor>& factors, const std::vector<ScreeningRun>& runs) {
  require(factors, runs);
  Screening out;
  out.runs = runs.size();
  if (runs.empty() || factors.empty()) {
    out.problem = runs.empty() ? "there are no runs" : "there are no factors";
    return out;
  }
  const Candidates all = candidatesOf(factors, runs);
  const Model model = chooseModel(all, pointsOf(runs));
  out.confounded = model.confounded;
  out.problem = problemOf(all, model, runs);
  if (!out.problem.empty()) return out;
  const LeastSquaresFit whole =
      fit(all.data, columnsOf(all, model.squares, [&](const Term& term) { return model.has(term); }));
  const Index degrees = all.data.degrees - whole.rank;
  out.residual_degrees = static_cast<std::size_t>(degrees);
  out.explained = (all.data.total - whole.residual) / all.data.total;
  for (const Term& term : all.terms) {
    if (!model.clear[term.number]) continue;
    Effect effect = testOf(all, model, term, whole.residual, degrees);
    if (term.main() && effect.share > 0) {
      const std::size_t factor = term.factors.front();
      compareLevels(effect, factors[factor], runs, factor, contributionOf(all, model, term));
    }
    out.effects.push_back(std::move(effect));
  }
  std::stable_sort(out.effects.begin(), out.effects.end(),
                   [](const Effect& a, const Effect& b) { return a.share > b.share; });
  return out;
}

}  // namespace jobset_twin::scenarios::study
