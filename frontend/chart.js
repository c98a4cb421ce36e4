// Draws every <figure data-chart> with ECharts. Colours come from the page's tokens; the figures from its JSON.
import { use, init } from "echarts/core";
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, PieChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const palette = () => [1, 2, 3, 4, 5, 6].map((n) => token(`--chart-${n}`));
const text = (size = 12) => ({ color: token("--text-2"), fontSize: size, fontFamily: token("--font") });

function axes(data) {
  const line = { lineStyle: { color: token("--line-strong") } };
  const category = { type: "category", data: data.labels, axisLabel: text(), axisTick: { show: false }, axisLine: line };
  const value = { type: "value", axisLabel: text(), splitLine: { lineStyle: { color: token("--line") } } };
  return data.horizontal ? { xAxis: value, yAxis: { ...category, inverse: true } } : { xAxis: category, yAxis: value };
}

function series(data) {
  if (data.kind === "pie") {
    const values = data.labels.map((name, i) => ({ name, value: data.series[0].values[i] }));
    return [{ type: "pie", radius: ["48%", "72%"], data: values, label: text(), itemStyle: { borderColor: token("--surface"), borderWidth: 2 } }];
  }
  const type = data.kind === "line" ? "line" : "bar";
  return data.series.map((s) => ({
    type, name: s.name, data: s.values, stack: data.stacked ? "all" : undefined,
    barMaxWidth: 28, symbolSize: 7, connectNulls: false, lineStyle: { width: 2.5 },
    markLine: data.target == null ? undefined : { symbol: "none", data: [{ [data.horizontal ? "xAxis" : "yAxis"]: data.target }], lineStyle: { color: token("--text-2"), type: "dashed" }, label: { ...text(), position: "insideEndBottom" } },
  }));
}

function option(data) {
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    color: palette(),
    aria: { enabled: true, decal: { show: document.documentElement.dataset.contrast === "high" } },
    textStyle: { fontFamily: token("--font") },
    // rich text, not HTML: the page's security policy allows no style attributes
    tooltip: { trigger: data.kind === "pie" ? "item" : "axis", renderMode: "richText", confine: true, backgroundColor: token("--surface"), borderColor: token("--line-strong"), textStyle: text(13) },
    legend: data.series.length > 1 || data.kind === "pie" ? { bottom: 0, textStyle: text(), icon: "roundRect", itemWidth: 12, itemHeight: 8 } : undefined,
    grid: { left: 8, right: 16, top: 16, bottom: data.series.length > 1 ? 36 : 8, containLabel: true },
    ...(data.kind === "pie" ? {} : axes(data)),
    series: series(data),
  };
}

function draw(figure) {
  const target = figure.querySelector("[data-chart-canvas]");
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  if (!target || figure.chart) return;
  target.replaceChildren();
  figure.chart = init(target);
  figure.chart.setOption(option(data));
  new ResizeObserver(() => figure.chart.resize()).observe(target);
}

const drawAll = (root = document) => root.querySelectorAll("figure[data-chart]").forEach(draw);
drawAll();
document.addEventListener("htmx:after:swap", () => drawAll());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.querySelectorAll("figure[data-chart]").forEach((f) => f.chart?.setOption(option(JSON.parse(f.querySelector("script[type='application/json']").textContent)), true));
});
