// SPDX-License-Identifier: Apache-2.0
/**
 * Config keys of formats: their schema and checked values. May use {@code org.platter.error}. Values are immutable.
 */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package org.platter.config;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
