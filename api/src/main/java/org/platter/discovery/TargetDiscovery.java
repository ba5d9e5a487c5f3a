// SPDX-License-Identifier: Apache-2.0
package org.platter.discovery;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;
import org.platter.config.ConfigSchema;

/**
 * Lists the targets behind a network address and their logical units. A service with the property {@value #SCHEME}, of a
 * bundle that also serves the format which opens them. Safe for use by many threads.
 */
@ConsumerType
public interface TargetDiscovery {
    /** The service property that names the URI schemes of the addresses, a {@code String} or {@code String[]}. */
    String SCHEME = "platter.discovery.scheme";

    /** The config keys that {@link #discover} reads. */
    ConfigSchema schema();

    /**
     * Asks a portal for its targets and each target for its units. A target that lets nobody in is listed with its
     * {@link Target#problem()}. Takes time and connections; all are closed on return.
     *
     * @param portal {@code scheme://[account@]host[:port]}
     * @param config values of the config keys
     * @throws IOException a {@link org.platter.error.DiskException}: {@code NOT_FOUND}, {@code TIMEOUT}, {@code DENIED},
     *     {@code BAD_VALUE}, {@code UNKNOWN_KEY}, {@code IO}
     */
    List<Target> discover(URI portal, Map<String, String> config) throws IOException;
}
