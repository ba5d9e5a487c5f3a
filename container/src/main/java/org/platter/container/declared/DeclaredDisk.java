// SPDX-License-Identifier: Apache-2.0
package org.platter.container.declared;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.platter.container.FormatRegistry;
import org.platter.container.PlatterDiskManager;
import org.platter.container.format.FormatProvider;
import org.platter.disk.DiskOptions;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;

/**
 * A disk that a configuration declares: attached when the configuration is there and its formats are, detached when it is
 * removed. Registered as a {@link VirtualDisk} service with the property {@value #NAME}. Other properties of the form
 * {@code config.KEY} are config keys of the format; {@code export} and {@code export.KEY} become service properties with
 * {@code platter.} in front, by which an exporter sees where and how to offer the disk.
 */
@Component(
        service = {},
        configurationPid = DeclaredDisk.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = DeclaredDisk.Declaration.class, factory = true)
public class DeclaredDisk implements FormatRegistry.Watcher {
    /** The factory PID. */
    public static final String PID = "org.platter.disk";

    /** The service property that holds the disk's name. */
    public static final String NAME = "platter.disk.name";

    private static final Logger LOG = System.getLogger(DeclaredDisk.class.getName());

    /** What a configuration says. */
    @ObjectClassDefinition(
            name = "Platter disk",
            description = "A virtual disk that is attached while its configuration is there")
    public @interface Declaration {
        /** Path or URI of the last image. */
        @AttributeDefinition(description = "Path or URI of the last image of the chain")
        String location();

        /** The disk's name; else that of the configuration. */
        @AttributeDefinition(description = "Name of the disk; by default that of the configuration")
        String name() default "";

        /** The format of the last image; else it is probed. */
        @AttributeDefinition(description = "Format of the last image; by default it is probed")
        String format() default "";

        /** How it is opened. */
        @AttributeDefinition(description = "Open flags: read-only, honor-zeroes, honor-same, shareable, ignore-flush")
        String[] flags() default {};

        /** Explicit parents, base first. */
        @AttributeDefinition(description = "Paths or URIs of the parents, base first; by default they are found")
        String[] parents() default {};

        /** Folders in which parents are looked for. */
        @AttributeDefinition(description = "Folders in which parents are looked for")
        String[] search() default {};

        /** Whether images may name files outside their folder, and devices. */
        @AttributeDefinition(description = "Whether images may name files outside their folder, and devices")
        boolean allow_external() default false;

        /** How long requests wait while a format is away, seconds. */
        @AttributeDefinition(description = "Seconds that requests wait while a format is away")
        int swap_timeout() default 30;
    }

    private final BundleContext context;
    private final PlatterDiskManager manager;
    private final OpenRequest request;
    private final DiskOptions options;
    private final Map<String, Object> exports = new HashMap<>();
    private final Object lock = new Object();

    private VirtualDisk disk; // guarded by lock
    private ServiceRegistration<VirtualDisk> registration; // guarded by lock
    private boolean ended; // guarded by lock

    /** Called by the framework. */
    @Activate
    public DeclaredDisk(
            BundleContext context,
            @Reference PlatterDiskManager manager,
            Declaration declaration,
            Map<String, Object> properties) {
        this.context = context;
        this.manager = manager;
        request = request(declaration, properties);
        properties.forEach((key, value) -> {
            if (key.equals("export") || key.startsWith("export.")) {
                exports.put("platter." + key, value);
            }
        });
        options = DiskOptions.DEFAULT
                .withName(name(declaration, properties))
                .withSwapTimeout(Duration.ofSeconds(declaration.swap_timeout()));
        manager.registry().watch(this);
        manager.requestThreads().execute(this::attach);
    }

    private static String name(Declaration declaration, Map<String, Object> properties) {
        if (!declaration.name().isEmpty()) {
            return declaration.name();
        }
        String pid = String.valueOf(properties.get(Constants.SERVICE_PID));
        return pid.substring(Math.max(pid.indexOf('~'), pid.lastIndexOf('.')) + 1);
    }

    private static OpenRequest request(Declaration declaration, Map<String, Object> properties) {
        Set<OpenFlag> flags = EnumSet.of(OpenFlag.ASYNC_IO);
        for (String flag : declaration.flags()) {
            flags.add(OpenFlag.valueOf(flag.toUpperCase(Locale.ROOT).replace('-', '_')));
        }
        Map<String, String> config = new HashMap<>();
        properties.forEach((key, value) -> {
            if (key.startsWith("config.")) {
                config.put(key.substring("config.".length()), String.valueOf(value));
            }
        });
        OpenRequest request = OpenRequest.of(location(declaration.location()))
                .withFlags(flags)
                .withConfig(config)
                .withParents(locations(declaration.parents()))
                .withSearch(locations(declaration.search()));
        request = declaration.format().isEmpty() ? request : request.withFormat(declaration.format());
        return declaration.allow_external() ? request.allowingExternal() : request;
    }

    private static List<URI> locations(String[] texts) {
        return Arrays.stream(texts).map(DeclaredDisk::location).toList();
    }

    private static URI location(String text) {
        return text.matches("[a-z][a-z0-9+.-]+:.*")
                ? URI.create(text)
                : Path.of(text).toAbsolutePath().toUri();
    }

    @Override
    public void arrived(FormatProvider format) {
        manager.requestThreads().execute(this::attach);
    }

    @Override
    public void opens(String scheme) {
        manager.requestThreads().execute(this::attach);
    }

    @Override
    public void left(FormatProvider format) {
        // open images are the business of the swap
    }

    private void attach() {
        synchronized (lock) {
            if (ended || disk != null) {
                return;
            }
            VirtualDisk fresh = manager.newDisk(options);
            try {
                fresh.openChain(request);
                disk = fresh;
                Dictionary<String, Object> properties = new Hashtable<>();
                properties.put(NAME, options.name());
                exports.forEach(properties::put);
                registration = context.registerService(VirtualDisk.class, fresh, properties);
                LOG.log(Level.INFO, () -> "disk " + options.name() + " is attached");
            } catch (DiskException e) {
                close(fresh);
                LOG.log(Level.WARNING, () -> "disk " + options.name() + " waits: " + e.getMessage());
            }
        }
    }

    @Deactivate
    void deactivate() {
        manager.registry().unwatch(this);
        synchronized (lock) {
            ended = true;
            if (disk != null) {
                registration.unregister();
                close(disk);
            }
        }
    }

    private void close(VirtualDisk leaving) {
        try {
            leaving.close();
        } catch (DiskException e) {
            LOG.log(Level.WARNING, () -> "disk " + options.name() + ": " + e.getMessage());
        }
    }
}
