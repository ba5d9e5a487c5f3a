// SPDX-License-Identifier: Apache-2.0

/** Micro-benchmarks, run by {@code bench/micro}: the built product in a framework, and single parts of it. */
package org.platter.bench;
