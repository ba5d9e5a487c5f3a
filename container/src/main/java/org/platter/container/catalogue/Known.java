// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.platter.storage.Storage;

/**
 * What can be had: the jars of the product's folder of plugins, first, and what configured repositories offer, the newest
 * first. A configuration of {@value #PID} says where; what it leaves out the framework properties {@code
 * platter.plugins}, {@code platter.repositories} and {@code platter.install.on.demand} say, for single commands read no
 * configurations.
 */
@Component(service = Known.class, configurationPid = Known.PID)
@Designate(ocd = Known.Settings.class)
public final class Known {
    /** The PID. */
    public static final String PID = "org.platter.install";

    /** The framework property that names the folder in which installed formats are remembered. */
    public static final String STORE = "platter.store";

    private static final Logger LOG = System.getLogger(Known.class.getName());
    private static final Comparator<Offer> NEWEST =
            Comparator.comparing(Offer::version).reversed();

    private final Optional<Path> folder;
    private final PluginFolder plugins;
    private final Repositories ours;
    private final Repositories repositories;
    private final boolean onDemand;

    /** What a configuration says. */
    @ObjectClassDefinition(
            name = "Platter: formats on demand",
            description = "Where formats and storages that are not installed come from")
    public @interface Settings {
        /** Folder of plugins, of which each is started when it is needed. */
        @AttributeDefinition(description = "Folder of plugins that are started when they are needed")
        String plugins() default "";

        /** Indexes of OSGi repositories. */
        @AttributeDefinition(description = "URLs of indexes of OSGi repositories, file: or https:")
        String[] repositories() default {};

        /** Whether what repositories offer is installed when it is needed. */
        @AttributeDefinition(description = "Is what repositories offer installed when it is needed?")
        boolean install_on_demand() default false;
    }

    /** Called by the framework. */
    @Activate
    public Known(BundleContext context, Settings settings) {
        folder = Stream.of(settings.plugins(), property(context, "platter.plugins"))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .map(Path::of);
        Path cache = store(context).resolve("indexes");
        plugins = new PluginFolder(folder.orElse(Path.of("")).toAbsolutePath(), cache.resolve("plugins"));
        ours = new Repositories(index().map(Path::toUri).stream().toList(), cache);
        repositories = new Repositories(
                Stream.concat(
                                Arrays.stream(settings.repositories()),
                                Arrays.stream(property(context, "platter.repositories")
                                        .split("[,\\s]+")))
                        .map(String::strip)
                        .filter(text -> !text.isEmpty())
                        .flatMap(Known::uri)
                        .distinct()
                        .toList(),
                cache);
        onDemand = settings.install_on_demand() || Boolean.parseBoolean(property(context, "platter.install.on.demand"));
    }

    /** The folder in which installed formats are remembered; without the property, the bundle's own. */
    public static Path store(BundleContext context) {
        String named = context.getProperty(STORE);
        return named != null ? Path.of(named) : context.getDataFile("formats").toPath();
    }

    private static Stream<URI> uri(String text) {
        try {
            URI uri = new URI(text);
            if (uri.isAbsolute()) {
                return Stream.of(uri);
            }
        } catch (URISyntaxException e) {
            LOG.log(Level.DEBUG, e::toString);
        }
        LOG.log(Level.WARNING, () -> "repository " + text + " is left out: it is no URL");
        return Stream.empty();
    }

    private static String property(BundleContext context, String name) {
        String value = context.getProperty(name);
        return value == null ? "" : value.strip();
    }

    /** The index of the product, which describes its plugins and what they may need. */
    private Optional<Path> index() {
        return folder.map(path -> path.toAbsolutePath().resolveSibling("index.xml"))
                .filter(file -> file.toFile().isFile());
    }

    /** Whether what repositories offer may be installed when it is needed. */
    public boolean onDemand() {
        return onDemand;
    }

    /** True if the file is one of the product's plugins. */
    public boolean owns(Path file) {
        return folder.isPresent()
                && folder.get().toAbsolutePath().equals(file.toAbsolutePath().getParent());
    }

    /** Everything that is offered, the product's own first. */
    public List<Offer> offers() {
        List<Offer> offers = new ArrayList<>(ours());
        repositories.resources().stream()
                .flatMap(resource -> Offer.of(resource).stream())
                .sorted(NEWEST)
                .forEach(offers::add);
        return offers;
    }

    /** What the product's own folder of plugins offers, the newest first. */
    public List<Offer> ours() {
        return folder.isEmpty()
                ? List.of()
                : plugins.offers().stream().sorted(NEWEST).toList();
    }

    /** Every bundle that an index describes, the product's own first: what a bundle needs is looked for there. */
    public List<IndexedResource> resources() {
        List<IndexedResource> resources = new ArrayList<>(ours.resources());
        resources.addAll(repositories.resources());
        return resources;
    }

    /** The best offer of which this is true. Repositories are only read if the product's own folder has none. */
    public Optional<Offer> find(Predicate<Offer> wanted) {
        return ours().stream()
                .filter(wanted)
                .findFirst()
                .or(() -> offers().stream().filter(wanted).findFirst());
    }

    /** The best offer with whose signature the bytes are signed. */
    public Optional<Offer> find(Storage storage) throws IOException {
        for (Offer offer : offers()) {
            if (offer.marks(storage)) {
                return Optional.of(offer);
            }
        }
        return Optional.empty();
    }
}
