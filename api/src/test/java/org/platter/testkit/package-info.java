// SPDX-License-Identifier: Apache-2.0
/**
 * What tests of formats and of the container share: storages in memory that fail, record or lose power on demand, an
 * image context, a tiny container, and the contract that every format inherits. May use the api bundle, JUnit 5 and
 * jqwik. Storages are safe for use by many threads; everything else is for one.
 */
package org.platter.testkit;
