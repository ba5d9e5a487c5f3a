// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

/**
 * What every format must do. A format's test extends this, says what the format is and can, and inherits the tests:
 *
 * <pre>{@code
 * class FooContractTest extends FormatBackendContract {
 *     protected FormatBackend backend() { return new FooBackend(); }
 *     protected Set<Capability> promised() { return Set.of(CREATE_DYNAMIC, FILE); }
 * }
 * }</pre>
 *
 * <p>Defaults that do not fit are overridden: {@code variants}, {@code sizes}, {@code largeSize}, {@code stored}, {@code marksZeroes},
 * {@code recognisable}, {@code config}, {@code fileName}, {@code shown}, {@code spec}. The system property
 * {@code platter.seed} repeats random tests with one seed.
 */
public abstract class FormatBackendContract extends DamageContract {}
