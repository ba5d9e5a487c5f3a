// SPDX-License-Identifier: Apache-2.0
/** Components of the container: backend registry and disk manager. It knows OSGi, as only {@code metatype} does besides. */
package org.platter.container;
