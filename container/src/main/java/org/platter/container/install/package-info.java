// SPDX-License-Identifier: Apache-2.0
/**
 * Installing, upgrading and removing the bundles of formats and storages, and starting those that are needed. Knows
 * OSGi. May use {@code container}, {@code swap}, {@code image}, {@code format}, {@code catalogue} and the API. The installer takes one
 * call at a time; looking up and starting on demand has a lock of its own, under which no disk is touched.
 */
package org.platter.container.install;
