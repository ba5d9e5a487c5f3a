// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration {@code org.platter.nbd}: what clients of all exports may use. */
@ObjectClassDefinition(id = NbdConfig.PID, name = "Platter NBD export", description = "Limits for NBD clients")
public @interface NbdConfig {
    /** The configuration's name. */
    String PID = "org.platter.nbd";

    @AttributeDefinition(description = "clients at the same time; more are turned away")
    int connections() default 1024;

    @AttributeDefinition(description = "requests that one client has under way")
    int requests() default 128;

    @AttributeDefinition(description = "MiB that requests of all clients hold, besides a little each")
    int megabytes() default 256;

    @AttributeDefinition(description = "MiB that the requests of one client hold")
    int clientMegabytes() default 64;

    @AttributeDefinition(description = "seconds from connecting to the first request")
    int handshakeSeconds() default 10;

    @AttributeDefinition(description = "seconds that a client may stop in the middle of a message or not read replies")
    int stallSeconds() default 60;

    @AttributeDefinition(description = "seconds without a request after which a client is disconnected; 0: never")
    int idleSeconds() default 0;

    @AttributeDefinition(description = "clients that get a thread of their own; the rest share one")
    int ownThreads() default 32;

    @AttributeDefinition(description = "threads of one export, for disks that only work by waiting")
    int workers() default 16;

    @AttributeDefinition(description = "seconds for requests under way when an export is closed")
    int shutdownSeconds() default 10;
}
