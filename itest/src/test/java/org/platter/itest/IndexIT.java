// SPDX-License-Identifier: Apache-2.0
package org.platter.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.inject.Inject;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.BundleRevision;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The index of the product's bundles, as an OSGi repository reads it. */
@RunWith(PaxExam.class)
public class IndexIT {
    private static final Path HOME = Path.of(System.getProperty("platter.home"));

    @Inject
    private BundleContext context;

    private record Clause(String namespace, Map<String, Object> attributes, Map<String, String> directives) {
        boolean mandatory() {
            // a jar for several versions of Java has a requirement of each of them, one of which is to be met
            return !namespace.equals("osgi.ee")
                    && !"optional".equals(directives.get("resolution"))
                    && directives.getOrDefault("effective", "resolve").equals("resolve");
        }
    }

    @Test
    public void itNamesTheFormatsThatBundlesBring() throws Exception {
        Set<Object> names = new TreeSet<>();
        for (Clause format : clauses(index(), "capability")) {
            if (format.namespace().equals("platter.format")) {
                names.add(format.attributes().get("name"));
            }
        }
        assertTrue(names.toString(), names.containsAll(Set.of("RAW", "VDI", "VMDK", "VHD", "iSCSI")));
    }

    @Test
    public void itsBundlesAreWhereItSays() throws Exception {
        int bundles = 0;
        for (Clause content : clauses(index(), "capability")) {
            String url = String.valueOf(content.attributes().get("url"));
            if (content.namespace().equals("osgi.content") && url.endsWith(".jar")) {
                byte[] jar = Files.readAllBytes(HOME.resolve(url));
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(jar);
                assertEquals(
                        url,
                        HexFormat.of().formatHex(digest),
                        String.valueOf(content.attributes().get("osgi.content")).toLowerCase(java.util.Locale.ROOT));
                bundles++;
            }
        }
        assertEquals(jars("bundles") + jars("plugins"), bundles);
    }

    @Test
    public void everythingInItResolvesInsideItAndTheFramework() throws Exception {
        Document index = index();
        List<Clause> capabilities = clauses(index, "capability");
        context.getBundle(0)
                .adapt(BundleRevision.class)
                .getDeclaredCapabilities(null)
                .forEach(capability ->
                        capabilities.add(new Clause(capability.getNamespace(), capability.getAttributes(), Map.of())));
        for (Clause requirement : clauses(index, "requirement")) {
            String filter = requirement.directives().get("filter");
            if (requirement.mandatory()) {
                assertTrue(requirement.toString(), isMet(requirement.namespace(), filter, capabilities));
            }
        }
    }

    private static boolean isMet(String namespace, String filter, List<Clause> capabilities) throws Exception {
        for (Clause capability : capabilities) {
            if (capability.namespace().equals(namespace)
                    && (filter == null || FrameworkUtil.createFilter(filter).matches(capability.attributes()))) {
                return true;
            }
        }
        return false;
    }

    private static int jars(String folder) {
        return HOME.resolve(folder).toFile().list((parent, name) -> name.endsWith(".jar")).length;
    }

    private static Document index() throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document index =
                factory.newDocumentBuilder().parse(HOME.resolve("index.xml").toFile());
        assertEquals(
                "http://www.osgi.org/xmlns/repository/v1.0.0",
                index.getDocumentElement().getNamespaceURI());
        return index;
    }

    private static List<Clause> clauses(Document index, String kind) {
        List<Clause> clauses = new ArrayList<>();
        for (Element clause : elements(index.getElementsByTagName(kind))) {
            Map<String, Object> attributes = new HashMap<>();
            for (Element attribute : elements(clause.getElementsByTagName("attribute"))) {
                attributes.put(attribute.getAttribute("name"), value(attribute));
            }
            Map<String, String> directives = new HashMap<>();
            for (Element directive : elements(clause.getElementsByTagName("directive"))) {
                directives.put(directive.getAttribute("name"), directive.getAttribute("value"));
            }
            clauses.add(new Clause(clause.getAttribute("namespace"), attributes, directives));
        }
        return clauses;
    }

    private static Object value(Element attribute) {
        String value = attribute.getAttribute("value");
        return switch (attribute.getAttribute("type")) {
            case "Version" -> Version.parseVersion(value);
            case "Long" -> Long.valueOf(value);
            case "List<String>" -> Arrays.asList(value.split(","));
            case "List<Version>" ->
                Arrays.stream(value.split(",")).map(Version::parseVersion).toList();
            default -> value;
        };
    }

    private static List<Element> elements(NodeList nodes) {
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }
}
